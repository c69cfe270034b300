"""`config gateway check`: the health checks of each ISP, their timing, and a test run."""

import json
import sys
from typing import Annotated

import typer

from app.cli import check_text
from app.cli.check_text import METAVAR, OPTIONS, as_typed, changed_check, typed_check
from app.cli.completion import gateway_numbers
from app.cli.console import end, printable, workspace_of
from app.cli.options import Typed, with_options
from app.cli.planning import Force, Plan
from app.errors import FieldError, InvalidConfig
from app.model.about import settings_of
from app.model.check import LinkCheck
from app.model.config import Config
from app.model.timing import TimingOverrides
from app.model.trial import TrialRequest
from app.service.edits import checks, gateways
from app.service.edits.gateways import find_gateway
from app.service.fields import made
from app.service.worker_client import probe_once

app = typer.Typer(rich_markup_mode=None, help="Show, change and test the health checks of the ISPs.")

ALL = "all"
_FAILS = 1

Which = Annotated[
    str,
    typer.Argument(metavar="GATEWAY|all", help="Its number, address or name; all: those without checks of their own.",
                   autocompletion=gateway_numbers),
]  # fmt: skip
One = Annotated[
    str,
    typer.Argument(metavar="GATEWAY", help="Its number, address or name.", autocompletion=gateway_numbers),
]
Place = Annotated[int, typer.Argument(metavar="PLACE", help="Number of the check, as in `show`.")]
Words = Annotated[list[str], typer.Argument(metavar=METAVAR, help="Kind of check and its target.")]
SomeWords = Annotated[list[str] | None, typer.Argument(metavar=f"[{METAVAR}]", help="Kind of check and its target.")]


@app.command()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the checks for all ISPs and those of single ISPs, in the syntax of `add`.

    \b
    Example:
        All: interval 1 s, timeout 1 s, fall 3, rise 3, hold 10 s, standby 10 s
          1. icmp 192.0.2.1 192.0.2.2
        Orange [1]: default checks
        DIGI [2]: own checks, interval 5 s
          1. url http://192.0.2.1/ --status 204
    """
    head = workspace_of(context).head()
    if as_json:
        print(json.dumps(check_text.as_json(head), indent=2))
        return
    for line in check_text.lines(head.config):
        print(printable(line))


@app.command()
@with_options(*OPTIONS)
def add(
    context: typer.Context,
    gateway: Which,
    check: Words,
    *,
    typed: Typed,
    _plan: Plan = False,
    _force: Force = False,
) -> None:
    """Add a check to an ISP; all of its checks must pass.

    Its first own check replaces the checks for all. `link` alone checks only link and address.

    \b
    Examples:
        config gateway check add 1 icmp 192.0.2.1 192.0.2.2 192.0.2.3 --quorum 2
        config gateway check add 1 udp 192.0.2.53 53 --dns-name example.org --dns-type NS
        config gateway check add 2 url http://example.org/ --status 204 --address 192.0.2.80
        config gateway check add all tcp 192.0.2.1 443
    """
    wanted = typed_check(check, typed)
    workspace = workspace_of(context)
    before = workspace.head().config
    number = _number(before, gateway)

    def edit(config: Config) -> Config:
        if wanted is not None:
            return checks.add_check(config, number, wanted)
        if checks.own_checks(config, number):
            raise InvalidConfig(FieldError("check", "the link is always checked; `del` removes the other checks"))
        return checks.watch_link_alone(config, number)

    workspace.change(edit)
    common = before.settings.failover.checks
    if common and checks.own_checks(before, number) is None:
        listed = ", ".join(as_typed(one) for one in common)
        print(printable(f"note: this replaces {listed}, the checks for all ISPs"), file=sys.stderr)


@app.command()
@with_options(*OPTIONS)
def edit(
    context: typer.Context,
    gateway: Which,
    place: Place,
    check: SomeWords = None,
    *,
    typed: Typed,
    _plan: Plan = False,
    _force: Force = False,
) -> None:
    """Change a check's options, or replace the check.

    \b
    Examples:
        config gateway check edit 1 1 --quorum 1
        config gateway check edit all 2 tcp 192.0.2.1 443
    """
    if not check and not typed:
        raise InvalidConfig(FieldError("check", "name an option to change, or another check"))

    def edit(config: Config) -> Config:
        number = _number(config, gateway)
        old = checks.check_at(config, number, place)
        new = typed_check(check, typed) if check else changed_check(old, typed)
        if new is None:
            raise InvalidConfig(FieldError("check", "the link is always checked; `del` removes this check"))
        return checks.change_check(config, number, place, new)

    workspace_of(context).change(edit)


@app.command("del")
def delete(context: typer.Context, gateway: Which, place: Place, *, _plan: Plan = False) -> None:
    """Remove a check. Without any check, only link and address are watched.

    \b
    Example:
        config gateway check del 1 2
    """
    workspace_of(context).change(lambda config: checks.delete_check(config, _number(config, gateway), place))


@app.command("default")
def as_all(context: typer.Context, gateway: One, *, _plan: Plan = False, _force: Force = False) -> None:
    """Use the checks for all ISPs again and delete the ISP's own. Its timing stays.

    \b
    Example:
        config gateway check default 2
    """
    workspace_of(context).change(lambda config: checks.ask_as_all(config, find_gateway(config, gateway).number))


@app.command()
@with_options(*settings_of(TimingOverrides))
def timing(
    context: typer.Context,
    gateway: One,
    *,
    typed: Typed,
    _plan: Plan = False,
    _force: Force = False,
) -> None:
    """Set the probe timing of one ISP; the word default restores the value for all.

    `config gateway failover` sets it for all ISPs and explains each value.

    \b
    Examples:
        config gateway check timing 2 --interval 5 --timeout 3 --fall 4 --rise 2 --hold 60
        config gateway check timing 2 --interval default
    """
    if not typed:
        known = ", ".join(one.option for one in settings_of(TimingOverrides))
        raise InvalidConfig(FieldError("timing", f"say what: {known}"))
    workspace_of(context).change(lambda c: gateways.change_timing(c, find_gateway(c, gateway).number, typed))


@app.command("test")
@with_options(*OPTIONS)
def ask(
    context: typer.Context,
    gateway: Which,
    check: SomeWords = None,
    *,
    typed: Typed,
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="Time limit for the reply.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Run a check once through that ISP and show the result of each layer. Nothing is changed.

    Without a check, the configured ones are run. The exit status is 1 when a check fails.

    \b
    Examples:
        config gateway check test 2
        config gateway check test 2 icmp 192.0.2.1 192.0.2.2 --quorum 2
        config gateway check test all url https://example.org/ --wait 5
    """
    if typed and not check:
        raise InvalidConfig(FieldError("check", "these options need a check: name one"))
    workspace = workspace_of(context)
    config = workspace.head().config
    asked = config.gateways if gateway == ALL else (find_gateway(config, gateway),)
    answers, passed = [], bool(asked)
    for one in asked:
        own = config.settings.failover.checks if one.checks is None else one.checks
        asking = (typed_check(check, typed) or LinkCheck(),) if check else own or (LinkCheck(),)
        for each in asking:
            request = made(TrialRequest, {"gateway": one.number, "check": each, "timeout_s": wait}, "")
            trial = probe_once(workspace.home.worker_sock, request)
            passed = passed and trial.passes(request.check)
            answers.append(check_text.trial_json(one, request.check, trial))
            if not as_json:
                for line in check_text.trial_lines(one, request.check, trial):
                    print(printable(line))
    if as_json:
        print(json.dumps(answers, indent=2))
    if not passed:
        end(_FAILS)


def _number(config: Config, which: str) -> int | None:
    return None if which == ALL else find_gateway(config, which).number
