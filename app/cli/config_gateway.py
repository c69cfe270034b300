"""`config gateway`: the ISPs, their weights, and how they are watched."""

import json
from collections.abc import Callable
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli import config_check, gateway_text
from app.cli.completion import gateway_numbers, interface_names
from app.cli.config_failover import balancing, failover
from app.cli.console import NEGATIVE, Workspace, can_return, workspace_of
from app.cli.observed import observed
from app.cli.options import Typed, with_options
from app.cli.planning import Force, Plan
from app.model.about import settings_in, settings_of
from app.model.choices import Snat
from app.model.config import Config, Gateway
from app.model.leg import IPv4Leg
from app.model.timing import TimingOverrides
from app.service.detected import Detected, detected
from app.service.edits import gateways
from app.service.edits.gateways import find_gateway
from app.service.edits.settings import guarded_from_the_start
from app.service.fields import Fields

# A gateway's checks and timing have commands of their own; its number is given, and `enable` and `disable` switch it.
_OPTIONS = settings_in([Gateway, IPv4Leg], but=["number", "address", "interface", "enabled", "cut", "checks"])
_IN_BACKUP = tuple(one for one in settings_in([Gateway, TimingOverrides]) if one.about.group == "backup")

app = typer.Typer(rich_markup_mode=None, help="Show and change the gateways: one for each ISP.")
app.command(context_settings=NEGATIVE)(failover)
app.command()(balancing)
app.add_typer(config_check.app, name="check")

Address = Annotated[
    str,
    typer.Argument(metavar="ADDRESS", help="The ISP's router, or auto: from DHCP or PPP (name the INTERFACE)."),
]
AnInterface = Annotated[
    str | None,
    typer.Argument(metavar="INTERFACE", help="Like eth1. Default: the interface whose subnet contains the address.",
                   autocompletion=interface_names),
]  # fmt: skip
Which = Annotated[
    str,
    typer.Argument(metavar="GATEWAY", help="Its number, address or name.", autocompletion=gateway_numbers),
]


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
    workspace = workspace_of(context)
    head = workspace.head()
    seen = observed(workspace)
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
    """Show what DHCP or PPP assigned to each interface, for `config gateway add auto INTERFACE`.

    \b
    Example:
        eth0 · static · 62.231.110.65/26
        eth1 · DHCP · 192.168.1.100 · next hop 192.168.1.1
        ppp0 · point-to-point · 10.64.0.2
    """
    workspace = workspace_of(context)
    found = detected(workspace.head().config, workspace.facts())
    if as_json:
        print(json.dumps(TypeAdapter(tuple[Detected, ...]).dump_python(found, mode="json"), indent=2))
        return
    for one in found:
        print(one.text)


@app.command()
@with_options(*_OPTIONS)
def add(
    context: typer.Context,
    address: Address,
    interface: AnInterface = None,
    *,
    typed: Typed,
    _plan: Plan = False,
) -> None:
    """Add an ISP. It gets the smallest free number, and its interface becomes a WAN.

    \b
    Examples:
        config gateway add 172.17.0.2
        config gateway add 172.17.0.2 eth2 --name DIGI --weight 3
        config gateway add auto ppp0
    """
    workspace = workspace_of(context)
    fields = _fields(typed, address, interface)
    _change(workspace, lambda config: gateways.add_gateway(config, workspace.facts(), fields))


@app.command()
@with_options(*_OPTIONS)
def edit(
    context: typer.Context,
    address: Address,
    interface: AnInterface = None,
    *,
    number: Annotated[int | None, typer.Option(metavar="NUMBER", help="Gateway number, if several match.")] = None,
    typed: Typed,
    _plan: Plan = False,
    _force: Force = False,
) -> None:
    """Change the gateway on an interface, or the only one; without any gateway, create number 1.

    \b
    Examples:
        config gateway edit 192.168.1.2 eth1
        config gateway edit 192.168.1.3 --number 1
    """
    workspace = workspace_of(context)
    fields = _fields(typed, address, interface)
    if number is None:
        _change(workspace, lambda config: gateways.edit_gateway(config, workspace.facts(), fields))
    else:
        workspace.change(lambda config: gateways.change_gateway(config, number, fields))


def _change(workspace: Workspace, edit: Callable[[Config], Config]) -> None:
    """Make a change, and turn Guard on with the first ISP of a new router, unless that cuts this terminal off."""

    def guarded(config: Config) -> Config:
        after = edit(config)
        on = guarded_from_the_start(config, after)
        return on if can_return(on, workspace.facts()) else after

    before = workspace.head().config.settings.guard
    workspace.change(guarded)
    guard = workspace.head().config.settings.guard
    if guard.is_on and not before.is_on:
        workspace.tell(f"note: Guard is on: {guard.mode.help} See `config guard --help`.")


@app.command("del")
def delete(context: typer.Context, gateway: Which, *, _plan: Plan = False) -> None:
    """Remove an ISP. Its interface keeps its addresses and loses its role.

    \b
    Examples:
        config gateway del 2
        config gateway del 172.17.0.2
        config gateway del DIGI
    """
    workspace_of(context).change(lambda config: gateways.delete_gateway(config, find_gateway(config, gateway).number))


@app.command()
def enable(context: typer.Context, gateway: Which, *, _plan: Plan = False) -> None:
    """Use an ISP for new connections again.

    \b
    Example:
        config gateway enable 2
    """
    workspace_of(context).change(lambda config: gateways.enable_gateway(config, find_gateway(config, gateway).number))


@app.command()
def disable(
    context: typer.Context,
    gateway: Which,
    now: Annotated[bool, typer.Option("--now", help="End its connections at once.")] = False,
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
    workspace_of(context).change(lambda config: disabled(config, find_gateway(config, gateway).number))


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
    workspace_of(context).change(
        lambda c: gateways.change_gateway(c, find_gateway(c, gateway).number, {"weight": weight})
    )


@app.command(context_settings=NEGATIVE)
@with_options(*_IN_BACKUP)
def tier(
    context: typer.Context,
    gateway: Which,
    tier: Annotated[
        int, typer.Argument(metavar="TIER", help="1: always used; 2: used when no gateway in tier 1 works; …")
    ],
    *,
    typed: Typed,
    _plan: Plan = False,
) -> None:
    """Set the tier of an ISP: new connections use the lowest tier that works.

    A working backup is on standby and probed less often (`config gateway failover --standby` for all).

    \b
    Example, a metered line that is used only when the others are down:
        config gateway tier 2 2 --on-return move-back --standby 300
    """
    timing = {one.name: typed.pop(one.name) for one in settings_of(TimingOverrides) if one.name in typed}

    def edit(config: Config) -> Config:
        number = find_gateway(config, gateway).number
        config = gateways.change_gateway(config, number, {**typed, "tier": tier})
        return gateways.change_timing(config, number, timing)

    workspace_of(context).change(edit)


@app.command()
def snat(
    context: typer.Context,
    gateway: Which,
    mode: Annotated[Snat, typer.Argument(help="Source NAT of packets sent through this gateway.")],
    *,
    _plan: Plan = False,
) -> None:
    """Set source NAT for packets sent through an ISP.

    address: the gateway's source address. masquerade: the interface's current address. off: no NAT, for an ISP
    that routes the LAN's networks to this router.

    \b
    Example:
        config gateway snat 2 masquerade
    """
    workspace_of(context).change(lambda c: gateways.change_gateway(c, find_gateway(c, gateway).number, {"snat": mode}))


def _fields(typed: Typed, address: str, interface: str | None) -> Fields:
    """What was typed, without what was left out."""
    return {**typed, "address": address, **({} if interface is None else {"interface": interface})}
