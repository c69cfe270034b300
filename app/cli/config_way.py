"""`config way`: route lookup for a new connection."""

import json
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli.completion import interface_names, protocol_names
from app.cli.console import printable, workspace_of
from app.model.way import Way
from app.service.route_lookup import answer, decided, packet_of
from app.service.worker_client import which_way


def way(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Source address on the LAN.")],
    destination: Annotated[str, typer.Argument(metavar="DESTINATION", help="Destination address.")],
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
    """
    workspace = workspace_of(context)
    packet = packet_of(
        {"source": source, "destination": destination, "protocol": protocol, "destination_port": port,
         "source_port": source_port, "interface": interface, "mac": mac, "dscp": dscp}
    )  # fmt: skip
    found = which_way(workspace.home.worker_sock, packet)
    if as_json:
        print(json.dumps(TypeAdapter(Way).dump_python(found, mode="json"), indent=2))
        return
    config = workspace.head().config
    for line in (answer(found, config), decided(found, config)):
        print(printable(line))
