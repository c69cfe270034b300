"""The lab's command line: each command is one call and prints its result."""

import json
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException

from lab import registry, rehearsal, scenario, screen, trace
from lab.amounts import bits_per_s, milliseconds, percent
from lab.cables import Degradation
from lab.errors import BadRequest, LabError, NotUp
from lab.lab import Lab
from lab.play import Player
from lab.status import observe, page, typed
from lab.topology import MOST_ISPS

app = typer.Typer(
    help="The simulated network of the paper: build it, run the router in it, break it, watch it.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Option(help="which lab; several can stand side by side")]
Isps = Annotated[int, typer.Option(min=1, max=MOST_ISPS, help="how many Internet providers")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="where the panel listens on this host's loopback")]
Blank = Annotated[bool, typer.Option("--blank", help="leave the balancer unconfigured")]
Bare = Annotated[bool, typer.Option("--bare", help="the network only: no router, no traffic")]
From = Annotated[
    Path | None, typer.Option("--from", metavar="FILE", help="rehearse the configuration that `multihome export` wrote")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="no traffic from host")]
CableName = Annotated[str, typer.Argument(metavar="CABLE", help="such as balancer-isp1; `status` lists them")]


class Program(StrEnum):
    """The processes of the router."""

    WORKER = "worker"
    PANEL = "panel"


@app.callback(invoke_without_command=True)
def foreground(
    context: typer.Context,
    *,
    name: Name = "lab",
    isps: Isps = 2,
    port: Port = registry.PANEL_PORT,
    blank: Blank = False,
    bare: Bare = False,
    quiet: Quiet = False,
    export: From = None,
) -> None:
    """Without a command: build the lab and show it until Ctrl-C, which removes it."""
    if context.invoked_subcommand is not None:
        _pass_on(context, context.invoked_subcommand)
        return
    ended = threading.Event()
    _end_on_signals(_interrupt)
    document = _exported(export)
    with Lab.up(name, isps=isps, port=port, blank=blank, bare=bare, quiet=quiet, export=document) as lab:
        _end_on_signals(lambda *_: ended.set())
        hint = f"from another terminal: {typed(name)} cut balancer-isp1   (Ctrl-C: end)"
        still_there = screen.watch(lab, ended, [*_welcome(lab), hint])
        print(f"removing lab {name}" if still_there else f"lab {name} was taken down by somebody else")
    print("all of it is gone")


def _pass_on(context: typer.Context, command: str) -> None:
    """Make the options before a command its own, so that `lab --port 18470 up` is `lab up --port 18470`.

    Raises BadRequest for an option that the command does not have.
    """
    group = context.command
    if not isinstance(group, TyperGroup) or command not in group.commands:
        return  # no such command: Typer says so
    known = {one.name for one in group.commands[command].params}
    passed: dict[str, Any] = {}
    for option in group.params:
        source = context.get_parameter_source(option.name or "")
        if option.name is None or source is None or source.name != "COMMANDLINE":
            continue
        if option.name not in known:
            msg = f"{option.opts[0]} is not an option of `{command}` (see `lab {command} --help`)"
            raise BadRequest(msg)
        passed[option.name] = context.params[option.name]
    context.default_map = {command: passed}


@app.command()
def up(
    *,
    name: Name = "lab",
    isps: Isps = 2,
    port: Port = registry.PANEL_PORT,
    blank: Blank = False,
    bare: Bare = False,
    quiet: Quiet = False,
    export: From = None,
) -> None:
    """Build the lab in the background and return when it is ready."""
    _end_on_signals(_interrupt)
    document = _exported(export)
    lab = Lab.up(name, isps=isps, port=port, blank=blank, bare=bare, quiet=quiet, export=document, stays=True)
    print(f"lab {name} is up")
    print("".join(f"  {line}\n" for line in _welcome(lab)), end="")
    print("\n".join(_hints(name)))


@app.command()
def down(name: Name = "lab") -> None:
    """Remove everything of the lab, including the remains of a crash."""
    Lab.remove(name)
    print(f"lab {name} is gone")


@app.command()
def status(
    name: Name = "lab", *, as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False
) -> None:
    """Show machines, cables, traffic and the router's status."""
    observed = observe(Lab.find(name))
    print(json.dumps(asdict(observed), indent=1) if as_json else "\n".join(page(observed)))


@app.command(name="exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def execute(
    machine: Annotated[str, typer.Argument(metavar="MACHINE")],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND")],
    name: Name = "lab",
) -> None:
    """Run a command inside a machine: `lab exec balancer -- config gateway show`."""
    words = command[1:] if command[:1] == ["--"] else command
    # The terminal sends Ctrl-C to the command too; its exit status counts.
    signal.signal(signal.SIGINT, lambda *_: None)
    status = Lab.find(name).execute(machine, words)
    raise typer.Exit(status if status >= 0 else 128 - status)


@app.command()
def cut(cable: CableName, name: Name = "lab") -> None:
    """Cut a cable: the carrier drops at both ends."""
    Lab.find(name).cut(cable)
    print(f"{cable} is cut; `{typed(name)} plug {cable}` plugs it in again")


@app.command()
def plug(cable: CableName, name: Name = "lab") -> None:
    """Plug a cable in again."""
    Lab.find(name).plug(cable)
    print(f"{cable} is plugged in")


@app.command()
def silence(cable: CableName, name: Name = "lab") -> None:
    """Silence a cable: its carrier stays, but nothing passes."""
    Lab.find(name).silence(cable)
    print(f"{cable} is silent; `{typed(name)} restore {cable}` heals it")


@app.command()
def degrade(
    cable: CableName,
    loss: Annotated[float | None, typer.Option(parser=percent, metavar="PERCENT", help="such as 5")] = None,
    rate: Annotated[int | None, typer.Option(parser=bits_per_s, metavar="RATE", help="such as 2mbit")] = None,
    delay: Annotated[float | None, typer.Option(parser=milliseconds, metavar="TIME", help="such as 40ms")] = None,
    name: Name = "lab",
) -> None:
    """Make a cable lose, slow or delay packets, in each direction."""
    lab = Lab.find(name)
    lab.degrade(cable, Degradation(loss_percent=loss, rate_bits_per_s=rate, delay_ms=delay))
    (now,) = (each for each in lab.cables() if each.name == cable)
    print(f"{cable} {now.summary}; `{typed(name)} restore {cable}` heals it")


@app.command()
def restore(cable: CableName, name: Name = "lab") -> None:
    """Remove all faults of a cable."""
    Lab.find(name).restore(cable)
    print(f"{cable} is healthy")


@app.command()
def start(
    program: Annotated[Program, typer.Argument(help="what has ended")],
    name: Name = "lab",
) -> None:
    """Restart the worker or the panel, as the service manager would."""
    lab = Lab.find(name)
    if any(process.role == program and process.alive for process in lab.record.router):
        print(f"the {program} runs")
        return
    if (program is Program.PANEL and lab.panel_address is None) or lab.options.bare:
        msg = f"lab {name} was built without a {program}"
        raise BadRequest(msg)
    (lab.start_worker if program is Program.WORKER else lab.start_panel)()
    print(f"the {program} is started")


@app.command(name="trace")
def show_trace(
    name: Name = "lab",
    *,
    flows: Annotated[bool, typer.Option("--flows", help="only the packet that starts each flow")] = False,
) -> None:
    """Show packets as they reach the Internet host, with the ISP that they came through, until Ctrl-C."""
    packets = trace.arrivals(Lab.find(name).name)
    with suppress(KeyboardInterrupt):
        for packet in trace.first_of_flows(packets) if flows else packets:
            print(trace.line(packet), flush=True)


@app.command()
def play(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=f"a scenario, or one of: {', '.join(scenario.shipped())}")
    ],
    name: Name = "play",
) -> None:
    """Play a scenario and check its expectations: exit status 1 if one was not met.

    It runs in the lab of that name if that is up, otherwise in one that is built for it and removed afterward. Its
    changes to cables and configuration are undone at the end, also when it is interrupted.
    """
    _end_on_signals(_interrupt)
    played = scenario.read(file)
    try:
        lab, ours = Lab.find(name), False
    except NotUp:
        lab, ours = Lab.up(name, isps=played.isps, quiet=True, panel=False), True
    try:
        came_true = Player(lab, played, lambda line: print(line, flush=True)).play()
    finally:
        if ours:
            lab.down()
    raise typer.Exit(0 if came_true else 1)


def run() -> NoReturn:
    """Run the command line. An error is one line, and exit status 2."""
    try:
        status = app(prog_name="lab", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
    except TyperException as error:
        print(f"lab: {_complaint(error)}", file=sys.stderr)
    except Abort:
        sys.exit(130)
    except BrokenPipeError:
        # `lab trace | head` closes the pipe. Python would complain again when it flushes at exit.
        sys.stdout = None
        sys.exit(0)
    sys.exit(2)


def _complaint(error: TyperException) -> str:
    """The error in a command line, in one line, with the place of the help."""
    context = getattr(error, "ctx", None)
    where = "lab" if context is None else context.command_path
    # Typer prints pydantic's text.
    plain = error.format_message().replace("Input should be ", "must be ").rstrip(".")
    return f"{plain} (see `{where} --help`)"


def _hints(name: str) -> list[str]:
    hints = {
        "cut balancer-isp1": "cut a cable; then: plug, silence, degrade, restore",
        "status": "how it is",
        "trace": "packets as they reach the Internet",
        "exec host -- ping 10.0.0.3": "a command inside a machine",
        "down": "remove it",
    }
    return [f"  {typed(name)} {words:<28}{what}" for words, what in hints.items()]


def _welcome(lab: Lab) -> list[str]:
    """The address of the panel and its setup token, and how a rehearsal differs from the real network."""
    unlike = rehearsal.read(lab.options.export).unlike if lab.options.export else ()
    lines = [f"not alike     {words}" for words in unlike]
    if lab.panel_address is None:
        return lines
    token = lab.setup_token
    return [*lines, f"panel         {lab.panel_address}", *([f"setup token  {token}"] if token else [])]


def _exported(file: Path | None) -> str:
    """The content of the exported configuration to rehearse; empty without one."""
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        msg = f"{file} cannot be read: {failure}"
        raise BadRequest(msg) from None


def _end_on_signals(handler: Callable[[int, FrameType | None], Any]) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, handler)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
