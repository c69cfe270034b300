"""The flows of one client, as the kernel lists them."""

from ipaddress import ip_address

from app.kernel.client_flows import client_flows
from app.kernel.contract import ClientFlow
from app.model.layout import INBOUND_BIT, mark
from tests.kernel.flows import ICMP, TCP, UDP, Flows
from tests.kernel.namespace import Namespace

SERVER = ip_address("203.0.113.5")
CLIENT = ip_address("192.168.7.20")


def test_the_flows_of_one_client_and_of_no_other_are_listed(namespace: Namespace) -> None:
    async def scenario() -> None:
        flows = Flows()
        flows.make(TCP, range(1000, 1003), mark(1) | 0x55, client=str(CLIENT))
        flows.make(UDP, range(1000, 1002), mark(127), client=str(CLIENT))
        flows.make(ICMP, range(7, 8), 0, client=str(CLIENT))
        flows.make(TCP, range(1000, 1050), mark(2), client="192.168.7.2")
        flows.close()
        found = client_flows(CLIENT)
        assert sorted(found, key=lambda one: (one.number, one.protocol)) == [
            ClientFlow(0, ICMP, SERVER, None),
            *[ClientFlow(1, TCP, SERVER, 80)] * 3,
            *[ClientFlow(127, UDP, SERVER, 80)] * 2,
        ]
        assert client_flows(ip_address("192.168.7.200")) == []
        assert client_flows(ip_address("2001:db8::1")) == []

    namespace.run(scenario)


def test_what_was_opened_to_it_from_outside_names_who_opened_it(namespace: Namespace) -> None:
    async def scenario() -> None:
        flows = Flows()
        flows.make(TCP, range(2000, 2001), mark(2) | INBOUND_BIT, client="198.51.100.7")
        flows.close()
        assert client_flows(SERVER) == [ClientFlow(2, TCP, ip_address("198.51.100.7"), 80)]

    namespace.run(scenario)
