"""Two DHCP clients on one machine: the kernel takes one default route of each metric, and refuses the second."""

from lab.measures import pairs
from lab.waiting import wait_until
from tests.lab import leases, routed

TOLD = "eth1 has no default route; eth2 has one, so give each DHCP client its own metric"


def test_a_client_whose_default_route_is_refused_is_told_of_and_its_isp_can_be_used() -> None:
    """dhclient without IF_METRIC comes second, and its script says nothing."""
    with routed.routed("second", blank=True) as lab, leases.providers(lab, 1, 2) as (one, two):
        leases.follow(lab, "eth1", "eth2")
        two.hand_out("172.17.0.60")
        one.hand_out("192.168.1.60")
        with leases.udhcpc(lab, "eth2"):
            routed.wait_for_members(lab, 2)
            with leases.dhclient(lab, "eth1") as client:
                leases.wait_for_address(lab, "eth1", "192.168.1.60")
                wait_until(lambda: routed.gateway(lab, 1).reason == TOLD, "it is said what to do", leases.LIMIT_S)
                routed.console(lab, "gateway edit 192.168.1.2 eth1 --number 1")
                routed.wait_for_members(lab, 1, 2)
                assert set(routed.by_isp(lab.connections(pairs(100)))) == {1, 2}
                routed.console(lab, "gateway edit auto eth1 --number 1")
                wait_until(lambda: routed.gateway(lab, 1).reason == TOLD, "it is as before", leases.LIMIT_S)
                client.stop()
            with leases.dhclient(lab, "eth1", metric=100):
                routed.wait_for_members(lab, 1, 2)
                assert set(routed.by_isp(lab.connections(pairs(100)))) == {1, 2}
