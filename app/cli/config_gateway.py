"""`config gateway`: the ISPs, their weights, and how they are watched."""

import json
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from app.cli import config_check, gateway_text
from app.cli.completion import gateway_numbers, interface_names
from app.cli.config_failover import balancing, failover
from app.cli.console import NEGATIVE, desk_of
from app.cli.observed import observed
from app.cli.planning import Plan
from app.model.config import Config, Gateway, OnReturn, Snat
from app.service.detected import Detected, detected
from app.service.edits import gateways
from app.service.edits.gateways import GatewayFields, find_gateway

app = typer.Typer(rich_markup_mode=None, help="Show and change the gateways: one for each ISP.")
app.command(context_settings=NEGATIVE)(failover)
app.command()(balancing)
app.add_typer(config_check.app, name="check")

Address = Annotated[
    str,
    typer.Argument(metavar="ADDRESS", help="The ISP's router, or auto: what DHCP or PPP brings (name the INTERFACE)."),
]
AnInterface = Annotated[
    str | None,
    typer.Argument(metavar="INTERFACE", help="Like eth1; else the one in whose subnet the address lies.",
                   autocompletion=interface_names),
]  # fmt: skip
Which = Annotated[
    str,
    typer.Argument(metavar="GATEWAY", help="Its number, address or name.", autocompletion=gateway_numbers),
]
Name = Annotated[str | None, typer.Option(metavar="TEXT", help="What people call this ISP.")]
Weight = Annotated[int | None, typer.Option(metavar="1..256", help="Its share, relative to the other gateways.")]
Far = Annotated[bool | None, typer.Option("--far/--near", help="The address lies outside the interface's subnets.")]
Source = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Our address towards it, where there are several.")]


@app.command()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the gateways, and how they are watched. One that is down says why.

    \b
    Example, with one ISP dead:
        Default gateway [1]: 192.168.1.2 (eth1) (enabled) (down: no carrier on eth1)
        weight 1 src 192.168.1.1
        Default gateway [2]: 172.17.0.2 (eth2) (enabled)
        weight 1 src 172.17.0.1
        Failover: (link monitor) (every 2s)
    """
    desk = desk_of(context)
    head = desk.head()
    seen = observed(desk)
    if as_json:
        print(json.dumps(gateway_text.as_json(head, seen), indent=2))
        return
    for line in gateway_text.lines(head.config, seen):
        print(line)


@app.command()
def detect(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what each interface was given by DHCP or PPP: where `config gateway add auto INTERFACE` would do.

    \b
    Example:
        eth0 · static · 62.231.110.65/26
        eth1 · DHCP · 192.168.1.100 · next hop 192.168.1.1
        ppp0 · point-to-point · 10.64.0.2
    """
    desk = desk_of(context)
    found = detected(desk.head().config, desk.facts())
    if as_json:
        print(json.dumps(TypeAdapter(tuple[Detected, ...]).dump_python(found, mode="json"), indent=2))
        return
    for one in found:
        print(one.text)


@app.command()
def add(
    context: typer.Context,
    address: Address,
    interface: AnInterface = None,
    *,
    name: Name = None,
    weight: Weight = None,
    far: Far = None,
    source: Source = None,
    _plan: Plan = False,
) -> None:
    """Add an ISP. It gets the smallest free number, and its interface becomes a WAN.

    \b
    Examples:
        config gateway add 172.17.0.2
        config gateway add 172.17.0.2 eth2 --name DIGI --weight 3
        config gateway add auto ppp0
    """
    desk = desk_of(context)
    fields = _fields(address=address, interface=interface, name=name, weight=weight, far=far, source=source)
    desk.change(lambda config: gateways.add_gateway(config, desk.facts(), fields))


@app.command()
def edit(
    context: typer.Context,
    address: Address,
    interface: AnInterface = None,
    *,
    number: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Which one, where several could be meant.")
    ] = None,
    name: Name = None,
    weight: Weight = None,
    far: Far = None,
    source: Source = None,
    _plan: Plan = False,
) -> None:
    """Change the gateway on an interface, or the only one; without any, make number 1.

    \b
    Examples:
        config gateway edit 192.168.1.2 eth1
        config gateway edit 192.168.1.3 --number 1
    """
    desk = desk_of(context)
    fields = _fields(address=address, interface=interface, name=name, weight=weight, far=far, source=source)
    if number is None:
        desk.change(lambda config: gateways.edit_gateway(config, desk.facts(), fields))
    else:
        desk.change(lambda config: gateways.change_gateway(config, number, fields))


@app.command("del")
def delete(context: typer.Context, gateway: Which, *, _plan: Plan = False) -> None:
    """Remove an ISP. Its interface keeps its addresses and loses its role.

    \b
    Examples:
        config gateway del 2
        config gateway del 172.17.0.2
        config gateway del DIGI
    """
    desk_of(context).change(lambda config: gateways.delete_gateway(config, find_gateway(config, gateway).number))


@app.command()
def enable(context: typer.Context, gateway: Which, *, _plan: Plan = False) -> None:
    """Let an ISP carry new connections again.

    \b
    Example:
        config gateway enable 2
    """
    desk_of(context).change(lambda config: gateways.enable_gateway(config, find_gateway(config, gateway).number))


@app.command()
def disable(
    context: typer.Context,
    gateway: Which,
    now: Annotated[bool, typer.Option("--now", help="Treat it as dead: do not wait for connections to end.")] = False,
    *,
    _plan: Plan = False,
) -> None:
    """Stop using an ISP: new connections go elsewhere, running ones stay until they end.

    \b
    Examples:
        config gateway disable 2
        config gateway disable 2 --now
    """
    disabled = gateways.cut_gateway if now else gateways.disable_gateway
    desk_of(context).change(lambda config: disabled(config, find_gateway(config, gateway).number))


@app.command(context_settings=NEGATIVE)
def weight(
    context: typer.Context,
    gateway: Which,
    weight: Annotated[int, typer.Argument(metavar="WEIGHT", help="1 to 256.")],
    *,
    _plan: Plan = False,
) -> None:
    """Set an ISP's share of new connections, relative to the others.

    \b
    Example, three of four new connections through gateway 1:
        config gateway weight 1 3
        config gateway weight 2 1
    """
    fields: GatewayFields = {"weight": weight}
    desk_of(context).change(lambda c: gateways.change_gateway(c, find_gateway(c, gateway).number, fields))


@app.command(context_settings=NEGATIVE)
def tier(
    context: typer.Context,
    gateway: Which,
    tier: Annotated[int, typer.Argument(metavar="TIER", help="1: always used; 2: when no gateway of tier 1 works; …")],
    *,
    on_return: Annotated[
        OnReturn | None, typer.Option(help="What its connections do when a better tier is back.")
    ] = None,
    standby: Annotated[
        str | None, typer.Option(metavar="SECONDS|default", help="Between checks while it stands by.")
    ] = None,
    _plan: Plan = False,
) -> None:
    """Make an ISP a backup, or one that is always used: new connections use the lowest tier that works.

    A backup that works stands by; it is checked more rarely then (`config gateway failover --standby` for all).

    \b
    Example, a metered line that is used only when the others are down:
        config gateway tier 2 2 --on-return move-back --standby 300
    """
    fields = _fields(tier=tier, on_return=on_return)
    desk_of(context).change(lambda c: _with_standby(c, find_gateway(c, gateway), fields, standby))


def _with_standby(config: Config, gateway: Gateway, fields: GatewayFields, standby: str | None) -> Config:
    config = gateways.change_gateway(config, gateway.number, fields)
    if standby is None:
        return config
    own = None if standby == "default" else standby
    return gateways.change_timing(config, gateway.number, {"standby_interval_s": own})


@app.command()
def snat(
    context: typer.Context,
    gateway: Which,
    mode: Annotated[Snat, typer.Argument(help="What becomes of the source address of what leaves by it.")],
    *,
    _plan: Plan = False,
) -> None:
    """Choose the source address of what leaves by an ISP.

    address: ours towards it. masquerade: whatever the interface has at the moment. off: as it came, for an ISP that
    routes the networks inside to us.

    \b
    Example:
        config gateway snat 2 masquerade
    """
    fields: GatewayFields = {"snat": mode}
    desk_of(context).change(lambda c: gateways.change_gateway(c, find_gateway(c, gateway).number, fields))


def _fields(**given: Any) -> GatewayFields:
    """What was typed, without what was left out."""
    fields: GatewayFields = {}
    fields.update({name: value for name, value in given.items() if value is not None})  # type: ignore[typeddict-item]
    return fields
