"""`config rule`: which traffic uses which ISP, in the order in which it is decided."""

import json
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from app.cli.completion import gateway_numbers, interface_names, protocol_names, rule_numbers
from app.cli.console import NEGATIVE, desk_of
from app.cli.observed import ask_worker
from app.cli.planning import Plan
from app.errors import FieldError, InvalidConfig
from app.model.config import Config
from app.model.rule import IfDown, TrafficRule
from app.service.edits import rules
from app.service.edits.gateways import find_gateway
from app.service.edits.rules import RuleFields, find_rule, place_of
from app.service.rule_text import sentence

app = typer.Typer(rich_markup_mode=None, help="Show and change traffic rules: the first that matches decides.")

# The word that takes a condition back: it matches everything again.
ANY = "any"

Which = Annotated[str, typer.Argument(metavar="RULE", help="Its number or its name.", autocompletion=rule_numbers)]
From = Annotated[str | None, typer.Option("--from", metavar="NETWORK|any", help="The sender, like 192.168.1.0/24.")]
Mac = Annotated[str | None, typer.Option(metavar="MAC|any", help="The sender's hardware address.")]
To = Annotated[str | None, typer.Option("--to", metavar="NETWORK|any", help="The destination, a network or a host.")]
AProtocol = Annotated[
    str | None,
    typer.Option("--protocol", metavar="tcp|udp|tcp+udp|icmp|gre|esp|sctp|any", help="What runs above IP.",
                 autocompletion=protocol_names),
]  # fmt: skip
Port = Annotated[str | None, typer.Option(metavar="PORTS|any", help="Of the destination, like 80,443,8000-8100.")]
SourcePort = Annotated[str | None, typer.Option(metavar="PORTS|any", help="Of the sender.")]
ADscp = Annotated[str | None, typer.Option("--dscp", metavar="NAME|0..63|any", help="The mark for quality, like EF.")]
In = Annotated[
    str | None,
    typer.Option("--in", metavar="INTERFACE|any", help="Where it comes in.", autocompletion=interface_names),
]
AGateway = Annotated[
    str | None,
    typer.Option("--gateway", metavar="GATEWAY", help="Send it to this ISP: its number, address or name.",
                 autocompletion=gateway_numbers),
]  # fmt: skip
ATier = Annotated[int | None, typer.Option("--tier", metavar="1..9", help="Send it to the ISPs of this tier.")]
Balance = Annotated[bool, typer.Option("--balance", help="Balance it, as if there were no rule.")]
Down = Annotated[IfDown | None, typer.Option("--if-down", help="What happens while that ISP or tier is down.")]
At = Annotated[int | None, typer.Option(metavar="PLACE", help="Where in the list, from 1; else at its end.")]


@app.command()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the traffic rules in their order, each as a sentence, and how many new connections it has decided about.

    \b
    Example:
        1. Bank [3]: TCP 443 to 198.51.100.0/24 from anyone → Orange, refuse if it is down (17 connections)
        2. Voice [1]: Everything marked EF to anywhere from anyone → DIGI, another if it is down (disabled)
    """
    desk = desk_of(context)
    head, status = desk.head(), ask_worker(desk)
    hits = {} if status is None else {one.number: one.hits for one in status.rules}
    if as_json:
        shown = [_as_json(one, head.config, hits.get(one.number)) for one in head.config.rules]
        print(json.dumps({"revision": head.number, "rules": shown}, indent=2))
        return
    for place, rule in enumerate(head.config.rules, start=1):
        count = hits.get(rule.number)
        told = "" if count is None else f"{count} connection{'' if count == 1 else 's'}"
        note = told if rule.enabled else "disabled"
        print(f"{place}. {rule.name} [{rule.number}]: {sentence(rule, head.config)}{f' ({note})' if note else ''}")


@app.command(context_settings=NEGATIVE)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    *,
    source: From = None,
    mac: Mac = None,
    destination: To = None,
    protocol: AProtocol = None,
    port: Port = None,
    source_port: SourcePort = None,
    dscp: ADscp = None,
    interface: In = None,
    gateway: AGateway = None,
    tier: ATier = None,
    balance: Balance = False,
    if_down: Down = None,
    at: At = None,
    _plan: Plan = False,
) -> None:
    """Add a rule. What is left out matches everything; say where it leads with --gateway, --tier or --balance.

    \b
    Examples:
        config rule add Bank --to 198.51.100.0/24 --protocol tcp --port 443 --gateway 1 --if-down refuse
        config rule add Voice --dscp EF --gateway 2 --at 1
        config rule add Backups --from 192.168.1.20 --tier 2
    """
    if gateway is None and tier is None and not balance:
        raise InvalidConfig(FieldError("gateway", "say where it leads: --gateway, --tier or --balance"))
    typed = _typed(source=source, mac=mac, destination=destination, protocol=protocol, ports=port,
                   source_ports=source_port, dscp=dscp, interface=interface, if_down=if_down)  # fmt: skip

    def edit(config: Config) -> Config:
        leads = _leads(config, gateway, tier, balances=balance)
        return rules.add_rule(config, {"name": name, **typed, **leads}, at)

    desk_of(context).change(edit)


@app.command(context_settings=NEGATIVE)
def edit(
    context: typer.Context,
    rule: Which,
    *,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="What people call it.")] = None,
    source: From = None,
    mac: Mac = None,
    destination: To = None,
    protocol: AProtocol = None,
    port: Port = None,
    source_port: SourcePort = None,
    dscp: ADscp = None,
    interface: In = None,
    gateway: AGateway = None,
    tier: ATier = None,
    balance: Balance = False,
    if_down: Down = None,
    _plan: Plan = False,
) -> None:
    """Change a rule. What is left out stays; the word any takes a condition back.

    \b
    Examples:
        config rule edit Bank --port 443,8443
        config rule edit 3 --to any --tier 2
    """
    typed = _typed(name=name, source=source, mac=mac, destination=destination, protocol=protocol, ports=port,
                   source_ports=source_port, dscp=dscp, interface=interface, if_down=if_down)  # fmt: skip

    def edit(config: Config) -> Config:
        leads = _leads(config, gateway, tier, balances=balance)
        return rules.change_rule(config, find_rule(config, rule).number, {**typed, **leads})

    desk_of(context).change(edit)


@app.command("del")
def delete(context: typer.Context, rule: Which, *, _plan: Plan = False) -> None:
    """Remove a rule. Running connections stay where they are.

    \b
    Example:
        config rule del Bank
    """
    desk_of(context).change(lambda config: rules.delete_rule(config, find_rule(config, rule).number))


@app.command(context_settings=NEGATIVE)
def move(
    context: typer.Context,
    rule: Which,
    place: Annotated[int, typer.Argument(metavar="PLACE", help="Where in the list, from 1.")],
    *,
    _plan: Plan = False,
) -> None:
    """Put a rule at another place of the list: the first that matches decides. Running connections stay.

    \b
    Example:
        config rule move Bank 1
    """
    desk_of(context).change(lambda config: rules.move_rule(config, find_rule(config, rule).number, place))


@app.command()
def enable(context: typer.Context, rule: Which, *, _plan: Plan = False) -> None:
    """Let a rule decide again.

    \b
    Example:
        config rule enable Bank
    """
    _switch(context, rule, {"enabled": True})


@app.command()
def disable(context: typer.Context, rule: Which, *, _plan: Plan = False) -> None:
    """Skip a rule without forgetting it.

    \b
    Example:
        config rule disable Bank
    """
    _switch(context, rule, {"enabled": False})


def _switch(context: typer.Context, rule: str, fields: RuleFields) -> None:
    desk_of(context).change(lambda config: rules.change_rule(config, find_rule(config, rule).number, fields))


def _typed(**given: Any) -> RuleFields:
    """What was typed, without what was left out; `any` is no condition."""
    fields: RuleFields = {}
    for name, value in given.items():
        if value is not None:
            nothing: Any = () if name.endswith("ports") else None
            fields[name] = nothing if value == ANY and name != "name" else value  # type: ignore[literal-required]
    return fields


def _leads(config: Config, gateway: str | None, tier: int | None, *, balances: bool) -> RuleFields:
    """Where it leads, if that was typed."""
    if balances:
        if gateway is not None or tier is not None:
            raise InvalidConfig(FieldError("gateway", "a rule that balances leads to no ISP and to no tier"))
        return {"gateway": None, "tier": None}
    fields: RuleFields = {}
    if gateway is not None:
        fields["gateway"] = find_gateway(config, gateway).number
    if tier is not None:
        fields["tier"] = tier
    return fields


def _as_json(rule: TrafficRule, config: Config, hits: int | None) -> dict[str, Any]:
    fields: dict[str, Any] = TypeAdapter(TrafficRule).dump_python(rule, mode="json")
    return {"place": place_of(config, rule.number), **fields, "hits": hits, "sentence": sentence(rule, config)}
