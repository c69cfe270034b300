"""The foreground lab: shows its status until it is ended."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence

from lab.errors import LabError
from lab.lab import Lab
from lab.status import Status, changes, observe, page

_REDRAW_EVERY_S = 0.5
# xterm's alternate screen, so that the terminal's content comes back afterward.
_OPEN, _CLOSE = "\033[?1049h\033[?25l", "\033[?25h\033[?1049l"
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\033[H", "\033[K", "\033[J"


def watch(lab: Lab, ended: threading.Event, hints: Sequence[str]) -> bool:
    """Show the lab until `ended` is set; False if another command removed the lab before.

    On a terminal this is a page below `hints`, redrawn regularly; otherwise one line for each change.
    """
    if not sys.stdout.isatty():
        return _follow(lab, ended, _tell_changes())
    sys.stdout.write(_OPEN)
    try:
        return _follow(lab, ended, lambda status: _draw([*hints, *page(status)]))
    finally:
        sys.stdout.write(_CLOSE)
        sys.stdout.flush()


def _follow(lab: Lab, ended: threading.Event, show: Callable[[Status], None]) -> bool:
    while not ended.is_set():
        try:
            show(observe(lab))
        except LabError:
            # It may be removed at this moment; then there is nothing more to show.
            if lab.is_gone():
                return False
            raise
        ended.wait(_REDRAW_EVERY_S)
    return True


def _draw(lines: Sequence[str]) -> None:
    room = shutil.get_terminal_size()
    shown = [line[: room.columns] for line in lines[: room.lines]]
    # No line feed after the last line: it would scroll a full screen.
    sys.stdout.write(_HOME + f"{_CLEAR_LINE}\n".join(shown) + _CLEAR_BELOW)
    sys.stdout.flush()


def _tell_changes() -> Callable[[Status], None]:
    before: Status | None = None

    def show(status: Status) -> None:
        nonlocal before
        for line in changes(before, status):
            print(time.strftime("%H:%M:%S"), line, flush=True)
        before = status

    return show
