"""`config batch`: many console commands, one a line, that become one revision or none."""

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from pathlib import Path

import typer
from typer.exceptions import TyperException

from app.cli.console import Workspace, dispatch, printable, told
from app.errors import FieldError, InvalidConfig, MultihomeError
from app.model.config import Config
from app.model.consistency import require_consistent
from app.model.facts import Facts
from app.paths import StateDirectory
from app.service.possible import require_known, require_possible
from app.store.reader import Revision


class Draft:
    """A workspace on which commands work without anything being saved: each sees what those before it did."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._start = self._now = workspace.head()
        self._edits: list[Callable[[Config], Config]] = []
        self._line = 0
        self._open: dict[FieldError, int] = {}
        self.force = False

    @property
    def home(self) -> StateDirectory:
        """The state directory."""
        return self._workspace.home

    def head(self) -> Revision:
        """The configuration as the commands so far have made it."""
        return self._now

    def facts(self) -> Facts:
        """This machine, as observed once for the whole batch."""
        return self._workspace.facts()

    def change(self, edit: Callable[[Config], Config], note: str = "") -> None:  # noqa: ARG002 - the batch has one note
        """Try the change on the draft. What a later line may mend is only noted: the batch is judged at its end."""
        config = edit(self._now.config)
        require_known(config, self._now.config, self.facts())
        self._now = Revision(self._now.number, config)
        self._edits.append(edit)
        self._open = {error: self._open.get(error, self._line) for error in self._errors()}

    def tell(self, line: str) -> None:
        """Nothing is saved yet."""

    def run(self, app: typer.Typer, line: int, words: Sequence[str]) -> None:
        """Run the command that stands on this line."""
        self._line = line
        dispatch(app, "config", words, self)

    def _errors(self) -> tuple[FieldError, ...]:
        """Why the draft could not be saved as it stands."""
        try:
            require_consistent(self._now.config, self._start.config)
            require_possible(self._now.config, self._start.config, self.facts())
        except InvalidConfig as error:
            return error.errors
        return ()

    def save(self, note: str) -> None:
        """Save everything as one revision, on top of what is newest then.

        Raises InvalidConfig with the first line that brought a fault which no line after it has mended.
        """
        if self._open:
            first = min(self._open.values())
            errors = InvalidConfig(*(error for error, line in self._open.items() if line == first))
            raise InvalidConfig(FieldError(f"line {first}", str(errors)))
        if self._now != self._start:
            self._workspace.force |= self.force
            self._workspace.change(lambda config: reduce(lambda made, edit: edit(made), self._edits, config), note)


def run_batch(app: typer.Typer, workspace: Workspace, file: str) -> None:
    """Run the commands of a file (`-`: stdin) and save them together.

    Raises InvalidConfig that names the first line in error; nothing is changed then.
    """
    if isinstance(workspace, Draft):
        raise InvalidConfig(FieldError("", "a batch cannot contain another batch"))
    draft = Draft(workspace)
    typed = []
    for number, line in _lines(file):
        try:
            words = shlex.split(line, comments=True)
            if words and words[0] == "config":
                words = words[1:]
            if words:
                draft.run(app, number, words)
                typed.append(shlex.join(words))
        except TyperException as error:
            raise InvalidConfig(FieldError(f"line {number}", told(error, "config"))) from error
        except (MultihomeError, ValueError) as error:
            raise InvalidConfig(FieldError(f"line {number}", str(error))) from error
    draft.save("; ".join(typed))


def _lines(file: str) -> Iterator[tuple[int, str]]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = "it is not text (UTF-8)" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise InvalidConfig(FieldError("", f"{printable(file)} cannot be read: {why}")) from error
    return iter(enumerate(text.splitlines(), start=1))
