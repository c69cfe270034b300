"""`multihome run`: everything in the foreground, for containers and for trying it out.

Where systemd runs the worker this is not used: it is the smallest thing that starts, restarts and stops children.
"""

import asyncio
import os
import pwd
import shutil
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Final

from app.cli.console import complain, end

_GROUP: Final = "multihome"
# What each may ever do: the worker as in its unit; the panel binds its port itself where no systemd hands it over.
CAPABILITIES: Final = {
    "multihome-worker": ("net_admin", "net_raw"),
    "multihome-panel": ("net_bind_service",),
}


def as_user(name: str, words: Sequence[str]) -> list[str]:
    """The command that runs `words` as this user and nothing more, for root; for others `words` as they are.

    The users are those of the Debian package and the container image; a checkout or a lab has none.
    """
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None or not _exists(name):
        return list(words)
    kept = ",".join(["-all", *(f"+{one}" for one in CAPABILITIES[name])])
    return [
        *(setpriv, f"--reuid={name}", f"--regid={_GROUP}", "--clear-groups", "--no-new-privs"),
        "--pdeathsig=keep",  # the kernel forgets with the user whose end is to be told
        *(f"--inh-caps={kept}", f"--ambient-caps={kept}", f"--bounding-set={kept}"),
        *("--", *words),
    ]


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
# A child that lived this long was well; the next failure is a new story.
_WELL_AFTER_S: Final = 60.0
_STOP_PATIENCE_S: Final = 5.0


def pause_s(failures: int) -> float:
    """How long to wait before a child that has failed this many times in a row is started again."""
    doubled: float = _FIRST_PAUSE_S * 2.0 ** max(0, failures - 1)
    return min(doubled, _LONGEST_PAUSE_S)


async def run_all(preparation: Sequence[str], children: Sequence[Sequence[str]]) -> int:
    """Run `preparation` to its end, then keep all children running until a signal ends them.

    That is SIGTERM, SIGINT, or SIGHUP of a terminal that closes, unless nohup(1) had it ignored. Gives back
    0 when told to stop, or the exit status of a preparation that failed.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop.set)
    prepared = await asyncio.create_subprocess_exec(*preparation)
    failed = await prepared.wait()
    if failed or stop.is_set():
        return failed
    await asyncio.gather(*(_keep_running(words, stop) for words in children))
    return 0


async def _keep_running(words: Sequence[str], stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    failures = 0
    while not stop.is_set():
        started_at = loop.time()
        # A group of its own: Ctrl-C is for us, and we tell the children in our own time.
        child = await asyncio.create_subprocess_exec(*tied(words), process_group=0)
        ended = await _until_stopped(child.wait(), stop)
        if not ended:
            await _end(child)
            return
        failures = 1 if loop.time() - started_at >= _WELL_AFTER_S else failures + 1
        complain(
            "multihome", f"{' '.join(words[1:])} ended with {child.returncode}; next try in {pause_s(failures):g} s"
        )
        await _until_stopped(asyncio.sleep(pause_s(failures)), stop)


def tied(words: Sequence[str]) -> list[str]:
    """The command that gets SIGTERM when we end, even if we are killed: two workers must never meet (prctl(2)).

    Not by a function between fork and exec: asyncio has threads by then.
    """
    setpriv = shutil.which("setpriv")
    return list(words) if setpriv is None else [setpriv, "--pdeathsig=TERM", "--", *words]


async def _until_stopped(work: Coroutine[None, None, object], stop: asyncio.Event) -> bool:
    """Wait for `work`, or for `stop`; whether the work came to its end."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.done()
    finally:
        working.cancel()
        stopping.cancel()


async def _end(child: asyncio.subprocess.Process) -> None:
    """SIGTERM, and SIGKILL for a child that does not listen."""
    if child.returncode is None:
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), _STOP_PATIENCE_S)
    except TimeoutError:
        child.kill()
        await child.wait()


def run() -> None:
    """Bring the databases to this version, then run worker and panel until Ctrl-C, or the terminal closes.

    A part that ends is started again, after a pause that grows. What is in the kernel stays when this ends.
    Started by root where the users multihome-worker and multihome-panel exist, each part runs as its own.

    \b
    Example:
        MULTIHOME_HOME=/data multihome run
    """
    python = (sys.executable, "-P", "-m")
    # What it makes has to belong to the group, and root without CAP_DAC_OVERRIDE (a container) may not even read it.
    preparation = as_user("multihome-panel", [*python, "app.cli", "migrate"])
    children = [as_user("multihome-worker", [*python, "app.worker"]), as_user("multihome-panel", [*python, "app.web"])]
    status = asyncio.run(run_all(preparation, children))
    if status:
        end(status)
