"""`config gateway check`: what each ISP is asked, how often, and what it answers now."""

import json
import sys
from typing import Annotated

import typer

from app.cli import check_text
from app.cli.check_words import METAVAR, OPTIONS, as_typed, changed_check, typed_check
from app.cli.completion import gateway_numbers
from app.cli.console import end, printable, workspace_of
from app.cli.options import Typed, with_options
from app.cli.planning import Plan
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

app = typer.Typer(rich_markup_mode=None, help="Show, change and try what the ISPs are asked.")

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
Place = Annotated[int, typer.Argument(metavar="PLACE", help="Which of its checks, as `show` counts them.")]
Words = Annotated[list[str], typer.Argument(metavar=METAVAR, help="What is asked.")]
SomeWords = Annotated[list[str] | None, typer.Argument(metavar=f"[{METAVAR}]", help="What is asked.")]


@app.command()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what all ISPs are asked and what some are asked instead, in the words that `add` takes.

    \b
    Example:
        All: interval 1 s, timeout 1 s, fall 3, rise 3, hold 10 s, standby 10 s
          1. icmp 192.0.2.1 192.0.2.2
        Orange [1]: as all
        DIGI [2]: on its own, interval 5 s
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
) -> None:
    """Ask an ISP one thing more; all of its checks must pass.

    Its first own check stands in place of those for all. `link` alone asks it nothing beyond link and address.

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
            raise InvalidConfig(FieldError("check", "the link is always asked; `del` takes the others away"))
        return checks.watch_link_alone(config, number)

    workspace.change(edit)
    common = before.settings.failover.checks
    if common and checks.own_checks(before, number) is None:
        listed = ", ".join(as_typed(one) for one in common)
        print(printable(f"note: this is asked in place of {listed}, as all are"), file=sys.stderr)


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
) -> None:
    """Change a check: its options alone, or with words for another one in its place.

    \b
    Examples:
        config gateway check edit 1 1 --quorum 1
        config gateway check edit all 2 tcp 192.0.2.1 443
    """
    if not check and not typed:
        raise InvalidConfig(FieldError("check", "say what to change: an option, or another check"))

    def edit(config: Config) -> Config:
        number = _number(config, gateway)
        old = checks.check_at(config, number, place)
        new = typed_check(check, typed) if check else changed_check(old, typed)
        if new is None:
            raise InvalidConfig(FieldError("check", "the link is always asked; `del` takes this check away"))
        return checks.change_check(config, number, place, new)

    workspace_of(context).change(edit)


@app.command("del")
def delete(context: typer.Context, gateway: Which, place: Place, *, _plan: Plan = False) -> None:
    """Ask one thing less. Without any, only link and address are watched.

    \b
    Example:
        config gateway check del 1 2
    """
    workspace_of(context).change(lambda config: checks.delete_check(config, _number(config, gateway), place))


@app.command("default")
def as_all(context: typer.Context, gateway: One, *, _plan: Plan = False) -> None:
    """Ask an ISP what all are asked, and forget its own checks. Its timing stays.

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
) -> None:
    """Set how often one ISP is asked, and how patiently; the word default takes a value back.

    `config gateway failover` does it for all ISPs, and says what each value means.

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
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="How long an answer may take.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Ask once, now, through that ISP, and show what each layer answers. Nothing is changed.

    Without words it is asked what it is asked anyway. The exit status is 1 when it does not pass.

    \b
    Examples:
        config gateway check test 2
        config gateway check test 2 icmp 192.0.2.1 192.0.2.2 --quorum 2
        config gateway check test all url https://example.org/ --wait 5
    """
    if typed and not check:
        raise InvalidConfig(FieldError("check", "options say more of a check: name one"))
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
