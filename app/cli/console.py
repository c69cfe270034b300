"""The base of both commands: how they run, how they print errors, and the workspace that saves a change.

An error is one line on stderr and exit status 2, and nothing has changed; also for words that make no command.
"""

import os
import pwd
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NoReturn, Protocol

import typer
from typer.exceptions import Abort, TyperException
from typer.main import get_command

from app.cli.facts import machine_facts
from app.cli.terminal import Terminal, terminal
from app.errors import FieldError, InvalidConfig, MultihomeError
from app.model.config import Config
from app.model.facts import Facts
from app.paths import StateDirectory, state_directory
from app.service.check_trials import NO_WORKER, ChecksFail
from app.service.configuration import Author, Configuration, Origin, Saved
from app.service.confirming import Confirm
from app.service.contact import locked_out
from app.service.warnings import new_warnings
from app.store.files import UMASK
from app.store.reader import Revision

FAILED = 2

# For commands that take a number: -3 is one, and not an option, so that the answer is about the number.
NEGATIVE: Final = {"ignore_unknown_options": True}

_INTERRUPTED = 130


# What Typer takes over from pydantic, in words for people.
_PLAINER: Final = (
    ("Input should be a valid integer, unable to parse string as an integer", "must be a whole number"),
    ("Input should be a valid number, unable to parse string as a number", "must be a number"),
    ("Input should be ", "must be "),
    ("Value error, ", ""),
)


class Workspace(Protocol):
    """Where a command finds the configuration and leaves its change: the state directory, or a batch's draft.

    `force`: health checks are saved even where they take a working ISP down.
    """

    force: bool

    @property
    def home(self) -> StateDirectory:
        """The state directory."""
        ...

    def head(self) -> Revision:
        """The configuration that the command starts from."""
        ...

    def facts(self) -> Facts:
        """This machine, as observed once for this command."""
        ...

    def change(self, edit: Callable[[Config], Config], note: str = "") -> None:
        """Make a change, or raise and change nothing. `note` says what it is, in place of the words as typed."""
        ...

    def tell(self, line: str) -> None:
        """Say on stderr what is set now, where a change is saved at once."""
        ...


class LiveWorkspace:
    """Reads and saves revisions at once. `words` are the command as typed, for the revision's note."""

    def __init__(self, home: StateDirectory, words: Sequence[str], read_facts: Callable[[], Facts]) -> None:
        self.home = home
        self.force = False
        self._words = words
        self._read_facts = read_facts
        self._facts: Facts | None = None

    def head(self) -> Revision:
        """The newest revision."""
        return Configuration(self.home).head()

    def facts(self) -> Facts:
        """What the kernel says, asked once."""
        if self._facts is None:
            self._facts = self._read_facts()
        return self._facts

    def change(self, edit: Callable[[Config], Config], note: str = "") -> None:
        """Save the change as the next revision."""
        save(self, edit, note or " ".join(self._words))

    def tell(self, line: str) -> None:
        """Print on stderr what is set now."""
        print(printable(line), file=sys.stderr)


def save(workspace: Workspace, edit: Callable[[Config], Config], note: str, expected: int | None = None) -> Saved:
    """Save a change through the service layer, as the user of this console.

    From a terminal over the network, a change of addresses, roles or Guard may disconnect that terminal, so it needs a
    confirmation. On a local terminal it needs none. Warnings about the change are printed after it is saved.
    """
    here = terminal(os.environ)

    def judged(config: Config) -> Config:
        after = edit(config)
        require_way_back(config, after, workspace.facts(), here)
        return after

    saved = Configuration(workspace.home).change(
        judged,
        facts=workspace.facts(),
        author=author(),
        note=printable(note)[:2000],  # a file name may not be valid text
        expected=expected,
        confirm=Confirm(when=_may_cut_off) if here.remote else None,
        force=workspace.force,
    )
    for answer in saved.answers:
        if answer.trial != NO_WORKER:
            print(printable(f"note: {answer.sentence}"), file=sys.stderr)
    for warning in new_warnings(saved.before.config, saved.after.config, workspace.facts()):
        print(printable(f"note: {warning}"), file=sys.stderr)
    if saved.window_s is not None:
        waits = f"revision {saved.after.number} is rolled back unless you run `config confirm`"
        print(f"{waits} within {saved.window_s} s after it is applied", file=sys.stderr)
    return saved


def _may_cut_off(before: Config, after: Config) -> bool:
    guard = after.settings.guard
    return before.interfaces != after.interfaces or (guard.is_on and guard != before.settings.guard)


def can_return(config: Config, facts: Facts) -> bool:
    """Whether Guard would let this terminal connect again, as far as is known."""
    here = terminal(os.environ)
    if not config.settings.guard.is_on or not here.remote:
        return True
    return (
        here.own is not None
        and here.port is not None
        and not locked_out(config, facts, here.own, here.port, here.client)
    )


def require_way_back(before: Config, after: Config, facts: Facts, here: Terminal) -> None:
    """Raise InvalidConfig where the change makes Guard refuse the next connection of this terminal.

    Commit-confirm is no help there: the connection that is open stays open, and could confirm.
    """
    if not here.remote or here.own is None or here.port is None:
        return
    reason = locked_out(after, facts, here.own, here.port, here.client)
    if reason and not locked_out(before, facts, here.own, here.port, here.client):
        raise InvalidConfig(FieldError("settings.guard", reason))


def author() -> Author:
    """Whoever sits at this console."""
    return Author(user_name(os.environ), Origin.CONSOLE, terminal(os.environ).client)


def user_name(environment: Mapping[str, str]) -> str:
    """Who sits at the console: the person behind sudo, else the user's own name."""
    behind = environment.get("SUDO_USER")
    if behind:
        return behind
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def workspace_of(context: typer.Context) -> Workspace:
    """The workspace that the command was run with."""
    workspace: Workspace = context.obj
    return workspace


def run_app(
    app: typer.Typer,
    name: str,
    words: Sequence[str] | None = None,
    *,
    read_facts: Callable[[], Facts] = machine_facts,
) -> int:
    """Run a command line and give back its exit status."""
    os.umask(UMASK)
    words = sys.argv[1:] if words is None else words
    workspace = LiveWorkspace(state_directory(), words, read_facts)
    try:
        return dispatch(app, name, words, workspace)
    except ChecksFail as error:
        return complain(name, f"{error} (--force saves it anyway)")
    except MultihomeError as error:
        return complain(name, str(error))
    except TyperException as error:
        return complain(name, told(error, name))
    except (Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains while it shuts down
        return 0


def dispatch(app: typer.Typer, name: str, words: Sequence[str], workspace: Workspace) -> int:
    """Run one command on a workspace. Raises MultihomeError, or TyperException where the words make no command."""
    if not words:
        words = ["--help"]
    result = get_command(app).main(list(words), prog_name=name, standalone_mode=False, obj=workspace)
    return result if isinstance(result, int) else 0


def told(error: TyperException, name: str) -> str:
    """Typer's complaint in one line, with where to look."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else name
    complaint = error.format_message()
    if "\n" in complaint:  # a group named without a command shows all its help
        complaint = "no command given"
    for typers, ours in _PLAINER:
        complaint = complaint.replace(typers, ours)
    return f"{complaint.rstrip('.')} (see `{where} --help`)"


def complain(name: str, message: str) -> int:
    """Say what went wrong, in one line whatever the message holds, and give back the exit status for it."""
    print(f"{name}: {printable(message)}", file=sys.stderr)
    return FAILED


def printable(message: str) -> str:
    """A text that cannot steer the terminal that it is shown on."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in message)


def end(status: int) -> NoReturn:
    """End the command with an exit status other than 0."""
    raise typer.Exit(status)
