"""`config addr`: the addresses of this machine's interfaces."""

import json
from typing import Annotated, Any

import typer

from app.cli.completion import interface_names
from app.cli.console import Workspace, workspace_of
from app.cli.planning import Plan
from app.errors import FieldError, InvalidConfig
from app.model.choices import Role
from app.model.config import Interface
from app.model.facts import own_addresses
from app.service.edits import interfaces

app = typer.Typer(rich_markup_mode=None, help="Show and change the addresses of interfaces.")

Name = Annotated[str, typer.Argument(metavar="INTERFACE", help="Like eth0.", autocompletion=interface_names)]
Address = Annotated[str, typer.Argument(metavar="ADDRESS/PREFIX", help="Like 192.168.1.1/24.")]


@app.command()
def show(
    context: typer.Context,
    interface: Annotated[
        str | None, typer.Argument(metavar="INTERFACE", help="Only this one.", autocompletion=interface_names)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every interface with its addresses and role.

    The addresses of a managed interface are Multihome's to set; the others are shown as the machine has them.

    \b
    Examples:
        config addr show
        config addr show eth1 --json
    """
    found = _interfaces(workspace_of(context))
    if interface is not None:
        found = [one for one in found if one["name"] == interface]
        if not found:
            raise InvalidConfig(FieldError("interface", f"there is no interface {interface}"))
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for one in found:
        addresses = " ".join(one["addresses"]) or "no address"
        managed = " (managed)" if one["managed"] else ""
        state = "" if one["present"] else " (absent)"
        print(f"{one['name']}: {addresses} ({one['role']}){managed}{state}")


@app.command()
def add(context: typer.Context, interface: Name, address: Address, *, _plan: Plan = False) -> None:
    """Give an interface one more address.

    \b
    Example:
        config addr add eth0 192.168.50.1/24
    """
    workspace = workspace_of(context)
    workspace.change(lambda config: interfaces.add_address(config, workspace.facts(), interface, address))


@app.command()
def edit(context: typer.Context, interface: Name, address: Address, *, _plan: Plan = False) -> None:
    """Set the primary address of an interface, in place of the one it has.

    From then on Multihome manages the interface's addresses. An interface without a role becomes a LAN.

    \b
    Example:
        config addr edit eth1 192.168.1.1/24
    """
    workspace = workspace_of(context)
    workspace.change(lambda config: interfaces.edit_address(config, workspace.facts(), interface, address))


@app.command("del")
def delete(context: typer.Context, interface: Name, address: Address, *, _plan: Plan = False) -> None:
    """Remove an address from an interface that Multihome manages.

    \b
    Example:
        config addr del eth0 192.168.50.1/24
    """
    workspace_of(context).change(lambda config: interfaces.delete_address(config, interface, address))


@app.command()
def role(
    context: typer.Context,
    interface: Name,
    role: Annotated[Role, typer.Argument(help="lan: your hosts; wan: an ISP; unused: ignored.")],
    *,
    _plan: Plan = False,
) -> None:
    """Set the role of an interface. By default the panel is blocked on WAN ports.

    Adding a gateway makes its interface a WAN; deleting the gateway removes that role.

    \b
    Example:
        config addr role eth3 lan
    """
    workspace_of(context).change(lambda config: interfaces.set_interface(config, interface, {"role": role}))


def _interfaces(workspace: Workspace) -> list[dict[str, Any]]:
    """Every interface that the machine has or the configuration names, as `--json` shows it."""
    config, facts = workspace.head().config, workspace.facts()
    shown = {}
    for link in facts.links:
        if not link.loopback:
            interface = config.interface(link.name) or Interface(name=link.name)
            addresses = [str(one.address) for one in own_addresses(link, config)]
            shown[link.name] = _entry(interface, addresses, "present")
    for interface in config.interfaces:
        addresses = [str(one) for one in interface.addresses]
        shown.setdefault(interface.name, _entry(interface, addresses, "absent"))
    return [shown[name] for name in sorted(shown)]


def _entry(interface: Interface, addresses: list[str], presence: str) -> dict[str, Any]:
    return {
        "name": interface.name,
        "role": interface.role.value,
        "managed": interface.managed,
        "addresses": addresses,
        "present": presence == "present",
    }
