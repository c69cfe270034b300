"""`config gateway check`: what each ISP is asked, how often, and what it answers now."""

import json
import sys
from typing import Annotated, Any, get_type_hints

import typer

from app.cli import check_text
from app.cli.check_words import METAVAR, as_typed, changed_check, typed_check
from app.cli.completion import gateway_numbers
from app.cli.console import desk_of, end, printable
from app.cli.planning import Plan
from app.errors import FieldError, InvalidConfig
from app.model.check import LinkCheck, TimingOverrides
from app.model.config import Config
from app.model.trial import TrialRequest
from app.service.edits import checks, gateways
from app.service.edits.gateways import find_gateway
from app.service.fields import made
from app.service.worker_client import probe_once

app = typer.Typer(rich_markup_mode=None, help="Show, change and try what the ISPs are asked.")

ALL = "all"
# The word for what a value is without being said, where that is none that could be typed.
DEFAULT = "default"
_TAKING_DEFAULT = frozenset({"status", "address", *get_type_hints(TimingOverrides)})
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
Quorum = Annotated[int | None, typer.Option(metavar="COUNT", help="How many of the HOSTs must answer.")]
DnsName = Annotated[str | None, typer.Option(metavar="NAME", help="udp: the name to ask for.")]
DnsType = Annotated[str | None, typer.Option(metavar="A|AAAA|NS|SOA|TXT", help="udp: the record to ask for.")]
Payload = Annotated[str | None, typer.Option(metavar="HEX", help="udp: send this in place of a DNS query.")]
Expect = Annotated[str | None, typer.Option(metavar="HEX", help="udp: what must be in the reply to the payload.")]
Method = Annotated[str | None, typer.Option(metavar="GET|HEAD", help="url: how it is asked.")]
StatusCode = Annotated[
    str | None, typer.Option("--status", metavar="CODE|default", help="url: the answer that is good, else 200 to 299.")
]
Contains = Annotated[str | None, typer.Option(metavar="TEXT", help="url: what must be in the page.")]
Follow = Annotated[bool | None, typer.Option("--follow/--no-follow", help="url: whether a redirect is followed.")]
Insecure = Annotated[bool | None, typer.Option("--insecure/--secure", help="url: whether any certificate will do.")]
Server = Annotated[
    str | None,
    typer.Option("--address", metavar="ADDRESS|default", help="url: ask this server, not the one its name leads to."),
]
Seconds = Annotated[str | None, typer.Option(metavar="SECONDS|default")]
Count = Annotated[str | None, typer.Option(metavar="COUNT|default")]


@app.command()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what all ISPs are asked and what some are asked instead, in the words that `add` takes.

    \b
    Example:
        All: every 1 s, timeout 1 s, fall 3, rise 3, hold 10 s
          1. icmp 192.0.2.1 192.0.2.2
        Orange [1]: as all
        DIGI [2]: on its own, every 5 s
          1. url http://192.0.2.1/ --status 204
    """
    head = desk_of(context).head()
    if as_json:
        print(json.dumps(check_text.as_json(head), indent=2))
        return
    for line in check_text.lines(head.config):
        print(printable(line))


@app.command()
def add(
    context: typer.Context,
    gateway: Which,
    check: Words,
    *,
    quorum: Quorum = None,
    dns_name: DnsName = None,
    dns_type: DnsType = None,
    payload: Payload = None,
    expect: Expect = None,
    method: Method = None,
    status: StatusCode = None,
    contains: Contains = None,
    follow: Follow = None,
    insecure: Insecure = None,
    address: Server = None,
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
    options = _options(quorum=quorum, query_name=dns_name, query_type=dns_type, payload=payload, expect=expect,
                       method=method, status=status, contains=contains, follow_redirects=follow,
                       verify_tls=_secure(insecure), address=address)  # fmt: skip
    typed = typed_check(check, options)
    desk = desk_of(context)
    before = desk.head().config
    number = _number(before, gateway)

    def edit(config: Config) -> Config:
        if typed is not None:
            return checks.add_check(config, number, typed)
        if checks.own_checks(config, number):
            raise InvalidConfig(FieldError("check", "the link is always asked; `del` takes the others away"))
        return checks.watch_link_alone(config, number)

    desk.change(edit)
    common = before.settings.failover.checks
    if common and checks.own_checks(before, number) is None:
        listed = ", ".join(as_typed(one) for one in common)
        print(printable(f"note: this is asked in place of {listed}, as all are"), file=sys.stderr)


@app.command()
def edit(
    context: typer.Context,
    gateway: Which,
    place: Place,
    check: SomeWords = None,
    *,
    quorum: Quorum = None,
    dns_name: DnsName = None,
    dns_type: DnsType = None,
    payload: Payload = None,
    expect: Expect = None,
    method: Method = None,
    status: StatusCode = None,
    contains: Contains = None,
    follow: Follow = None,
    insecure: Insecure = None,
    address: Server = None,
    _plan: Plan = False,
) -> None:
    """Change a check: its options alone, or with words for another one in its place.

    \b
    Examples:
        config gateway check edit 1 1 --quorum 1
        config gateway check edit all 2 tcp 192.0.2.1 443
    """
    options = _options(quorum=quorum, query_name=dns_name, query_type=dns_type, payload=payload, expect=expect,
                       method=method, status=status, contains=contains, follow_redirects=follow,
                       verify_tls=_secure(insecure), address=address)  # fmt: skip
    if not check and not options:
        raise InvalidConfig(FieldError("check", "say what to change: an option, or another check"))

    def edit(config: Config) -> Config:
        number = _number(config, gateway)
        old = checks.check_at(config, number, place)
        new = typed_check(check, options) if check else changed_check(old, options)
        if new is None:
            raise InvalidConfig(FieldError("check", "the link is always asked; `del` takes this check away"))
        return checks.change_check(config, number, place, new)

    desk_of(context).change(edit)


@app.command("del")
def delete(context: typer.Context, gateway: Which, place: Place, *, _plan: Plan = False) -> None:
    """Ask one thing less. Without any, only link and address are watched.

    \b
    Example:
        config gateway check del 1 2
    """
    desk_of(context).change(lambda config: checks.delete_check(config, _number(config, gateway), place))


@app.command("default")
def as_all(context: typer.Context, gateway: One, *, _plan: Plan = False) -> None:
    """Ask an ISP what all are asked, and forget its own checks. Its timing stays.

    \b
    Example:
        config gateway check default 2
    """
    desk_of(context).change(lambda config: checks.ask_as_all(config, find_gateway(config, gateway).number))


@app.command()
def timing(
    context: typer.Context,
    gateway: One,
    *,
    interval: Seconds = None,
    timeout: Seconds = None,
    fall: Count = None,
    rise: Count = None,
    hold: Seconds = None,
    standby: Seconds = None,
    _plan: Plan = False,
) -> None:
    """Set how often one ISP is asked, and how patiently; the word default takes a value back.

    `config gateway failover` does it for all ISPs, and says what each value means.

    \b
    Examples:
        config gateway check timing 2 --interval 5 --timeout 3 --fall 4 --rise 2 --hold 60
        config gateway check timing 2 --interval default
    """
    given = _options(interval_s=interval, timeout_s=timeout, fall=fall, rise=rise, hold_s=hold,
                     standby_interval_s=standby)  # fmt: skip
    if not given:
        raise InvalidConfig(FieldError("timing", "say what: --interval, --timeout, --fall, --rise, --hold, --standby"))
    desk_of(context).change(lambda c: gateways.change_timing(c, find_gateway(c, gateway).number, given))


@app.command("test")
def ask(
    context: typer.Context,
    gateway: Which,
    check: SomeWords = None,
    *,
    quorum: Quorum = None,
    dns_name: DnsName = None,
    dns_type: DnsType = None,
    payload: Payload = None,
    expect: Expect = None,
    method: Method = None,
    status: StatusCode = None,
    contains: Contains = None,
    follow: Follow = None,
    insecure: Insecure = None,
    address: Server = None,
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
    options = _options(quorum=quorum, query_name=dns_name, query_type=dns_type, payload=payload, expect=expect,
                       method=method, status=status, contains=contains, follow_redirects=follow,
                       verify_tls=_secure(insecure), address=address)  # fmt: skip
    if options and not check:
        raise InvalidConfig(FieldError("check", "options say more of a check: name one"))
    desk = desk_of(context)
    config = desk.head().config
    asked = config.gateways if gateway == ALL else (find_gateway(config, gateway),)
    answers, passed = [], bool(asked)
    for one in asked:
        own = config.settings.failover.checks if one.checks is None else one.checks
        typed = (typed_check(check, options) or LinkCheck(),) if check else own or (LinkCheck(),)
        for each in typed:
            request = made(TrialRequest, {"gateway": one.number, "check": each, "timeout_s": wait}, "")
            trial = probe_once(desk.home.worker_sock, request)
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


def _options(**given: Any) -> dict[str, Any]:
    """What was typed, without what was left out; None stands for what is so without being said."""
    typed = {name: value for name, value in given.items() if value is not None}
    return {name: None if value == DEFAULT and name in _TAKING_DEFAULT else value for name, value in typed.items()}


def _secure(insecure: bool | None) -> bool | None:
    return None if insecure is None else not insecure
