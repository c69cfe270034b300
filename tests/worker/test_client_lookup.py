"""Which ISPs a client uses: what the worker makes of its flows, and what it refuses to look up."""

import asyncio
import json
from ipaddress import ip_address
from typing import Any

import pytest

from app.kernel.contract import ClientFlow
from app.worker.client_lookup import MOST_IN_WINDOW, MOST_SERVERS, ClientLookup, by_isp
from tests.kernel.fake import FakeKernel

CLIENT = ip_address("192.168.1.20")
SERVER = ip_address("198.51.100.7")


def test_flows_are_counted_by_isp_and_server_and_the_busiest_come_first() -> None:
    flows = [
        *[ClientFlow(0, 17, ip_address("192.168.1.1"), 53)] * 2,
        *[ClientFlow(2, 6, SERVER, 443)] * 3,
        ClientFlow(2, 6, SERVER, 80),
        ClientFlow(1, 1, SERVER, None),
        ClientFlow(1, 255, SERVER, None),
    ]
    found = by_isp(flows)
    assert [(one.gateway, one.flows) for one in found] == [(1, 2), (2, 4), (None, 2)]
    assert [(one.protocol, one.port, one.flows) for one in found[1].servers] == [("tcp", 443, 3), ("tcp", 80, 1)]
    assert {one.protocol for one in found[0].servers} == {"icmp", "255"}


def test_a_client_with_thousands_of_servers_is_told_briefly() -> None:
    (one,) = by_isp([ClientFlow(1, 6, SERVER, port) for port in range(1, 2001)])
    assert (one.flows, len(one.servers)) == (2000, MOST_SERVERS)


def asked(lookup: ClientLookup, client: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asyncio.run(lookup.flows({"client": client})))
    return found


def resolved(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asyncio.run(ClientLookup(FakeKernel()).resolve({"name": name})))
    return found


def test_the_answer_names_the_address() -> None:
    kernel = FakeKernel()
    kernel.flows_of[CLIENT] = [ClientFlow(1, 6, SERVER, 443)]
    found = asked(ClientLookup(kernel), str(CLIENT))
    assert found["addresses"] == [str(CLIENT)]
    assert [(one["gateway"], one["flows"]) for one in found["isps"]] == [(1, 1)]


@pytest.mark.parametrize("client", [None, 7, "", "a b", "x" * 300, "-rf", {"client": 1}])
def test_what_is_no_name_is_refused_in_a_sentence(client: object) -> None:
    assert set(asked(ClientLookup(FakeKernel()), client)) == {"error"}


def test_a_name_is_looked_up_as_this_machine_does() -> None:
    assert resolved("localhost") == {"addresses": ["127.0.0.1"]}
    refused = resolved("no-such-name.invalid")
    assert refused["error"].startswith("no-such-name.invalid cannot be looked up: ")


def test_lookups_are_limited() -> None:
    lookup = ClientLookup(FakeKernel())
    answers = [asked(lookup, str(CLIENT)) for _ in range(MOST_IN_WINDOW + 1)]
    assert "error" in answers[-1]
    assert "error" not in answers[-2]
