"""`config way`: route lookup for a new connection; `multihome flows`: the connections that a client has now."""

import json
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli.completion import interface_names, protocol_names
from app.cli.console import printable, workspace_of
from app.model.client_flows import ClientFlows
from app.model.way import Way
from app.service.route_lookup import answer, client_text, decided, packet_of, with_addresses
from app.service.worker_client import client_flows, which_way


def way(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Source on the LAN: an address or a name.")],
    destination: Annotated[str, typer.Argument(metavar="DESTINATION", help="Destination: an address or a name.")],
    *,
    protocol: Annotated[
        str, typer.Option(metavar="tcp|udp|icmp|gre|esp|sctp", help="IP protocol.",
                          autocompletion=protocol_names)
    ] = "tcp",
    port: Annotated[str | None, typer.Option(metavar="PORT", help="Of the destination.")] = None,
    source_port: Annotated[str | None, typer.Option(metavar="PORT", help="Of the sender.")] = None,
    interface: Annotated[
        str | None,
        typer.Option("--in", metavar="INTERFACE", help="Incoming interface.", autocompletion=interface_names),
    ] = None,
    mac: Annotated[str | None, typer.Option(metavar="MAC", help="The sender's hardware address.")] = None,
    dscp: Annotated[str | None, typer.Option("--dscp", metavar="NAME|0..63", help="DSCP, like EF. Default: 0.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:  # fmt: skip
    """Tell which way a new connection from the inside would go now: the rule, the ISP, and its address outside.

    Nothing is sent and nothing changes. What is left out is not known; where that matters the answer says so.

    \b
    Examples:
        config way 62.231.110.80 10.0.0.10 --port 443
        config way 62.231.110.80 10.0.0.3 --protocol icmp
        config way laptop www.example.org --port 443
    """
    workspace = workspace_of(context)
    typed, named = with_addresses(
        {"source": source, "destination": destination, "protocol": protocol, "destination_port": port,
         "source_port": source_port, "interface": interface, "mac": mac, "dscp": dscp},
        workspace.home.worker_sock,
    )  # fmt: skip
    packet = packet_of(typed)
    found = which_way(workspace.home.worker_sock, packet)
    if as_json:
        print(json.dumps(TypeAdapter(Way).dump_python(found, mode="json"), indent=2))
        return
    config = workspace.head().config
    for line in (*named, answer(found, config), decided(found, config)):
        print(printable(line))


def flows(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Address or name of a machine on the LAN.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show which ISPs a client uses now: its connections by ISP, and the servers that most of them go to.

    `config way` tells where a new connection would go.

    \b
    Examples:
        multihome flows 192.168.1.20
        multihome flows laptop --json
    """
    workspace = workspace_of(context)
    found = client_flows(workspace.home.worker_sock, client)
    if as_json:
        print(json.dumps(TypeAdapter(ClientFlows).dump_python(found, mode="json"), indent=2))
        return
    if not found.isps:
        print(f"{printable(client)} has no connections")
    for sentence, servers in client_text(found, workspace.head().config):
        print(printable(sentence))
        for line in servers:
            print(printable(f"  {line}"))
