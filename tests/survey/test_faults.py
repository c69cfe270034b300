"""Real faults on a real kernel, one after the other: each is found, with its remedy, and gone when it is mended."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.diagnosis.examine import examined
from app.diagnosis.machine import Worker
from app.model.check import IcmpCheck
from app.model.config import Failover, Settings
from app.model.finding import Finding
from app.model.guard import Guard, GuardMode
from app.paths import StateDirectory
from app.store.state import StateWriter
from app.survey.machine import survey
from tests.kernel.namespace import Namespace
from tests.plan import paper
from tests.worker.running import save, state_directory

WELL = Worker(runs=True, answers=True)


@dataclass
class Router:
    """The paper's balancer in a namespace, as the worker leaves it, and the machine's files below `root`."""

    namespace: Namespace
    home: StateDirectory
    root: Path

    def codes(self) -> set[str]:
        return {one.code for one in self.findings()}

    def findings(self, worker: Worker = WELL) -> tuple[Finding, ...]:
        return self.namespace.call(lambda: examined(survey(self.home, worker, self.root)))

    def sysctl(self, *settings: str) -> None:
        self.namespace.execute("sysctl", "-q", "-w", *settings)


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    path = tmp_path_factory.mktemp("router")
    path.chmod(0o755)
    home, namespace = state_directory(path), Namespace()
    checks = (IcmpCheck(targets=("10.0.0.3",)),)
    save(home, paper.config(settings=Settings(failover=Failover(checks=checks), guard=Guard(mode=GuardMode.OFF))))
    StateWriter(home.state_db).close()
    try:
        for one in paper.INTERFACES:
            namespace.ip(f"link add {one.name} type veth peer name far-{one.name}", f"link set {one.name} up")
        router = Router(namespace, home, path / "root")
        router.sysctl("net.ipv4.ip_forward=1", *(f"net.ipv4.conf.{one}.rp_filter=2" for one in ("eth1", "eth2")))
        yield router
    finally:
        namespace.close()


def test_a_machine_without_faults_gives_no_finding_and_stays_as_it_was(router: Router) -> None:
    before = router.namespace.execute("nft", "list", "ruleset")
    assert router.findings() == ()
    assert router.namespace.execute("nft", "list", "ruleset") == before == ""


def test_settings_that_stop_packets(router: Router) -> None:
    router.sysctl("net.ipv4.conf.eth1.rp_filter=0", "net.ipv4.conf.all.rp_filter=1")
    (found,) = router.findings()
    assert (found.code, "rp_filter is strict (1) on eth1" in found.text) == ("rp-filter-strict", True)
    router.sysctl("net.ipv4.conf.eth1.rp_filter=2")
    assert router.codes() == set()  # the larger of both counts
    router.sysctl("net.ipv4.conf.all.rp_filter=0", "net.ipv4.ip_forward=0")
    assert router.codes() == {"forwarding-off"}
    router.sysctl("net.ipv4.ip_forward=1", "net.netfilter.nf_conntrack_tcp_loose=0")
    assert router.codes() == {"conntrack-not-loose"}
    router.sysctl("net.netfilter.nf_conntrack_tcp_loose=1")
    assert router.codes() == set()


def test_routing_of_others(router: Router) -> None:
    router.namespace.ip("rule add fwmark 0x1000000/0xff000000 lookup 99 priority 100")
    assert router.codes() == {"foreign-rule-mark"}
    router.namespace.ip("rule del priority 100", "rule add from all lookup 99 priority 101")
    assert router.codes() == {"foreign-rule-first"}
    router.namespace.ip("rule del priority 101", "link set far-eth1 up", "route add default dev eth1 table 241")
    (found,) = router.findings()
    assert (found.code, "routing table 241" in found.text) == ("table-in-use", True)
    writer = StateWriter(router.home.state_db)
    writer.own_tables([241])
    assert router.codes() == set()
    writer.disown_table(241)
    writer.close()
    router.namespace.ip("route flush table 241")
    router.namespace.execute("ip", "-6", "route", "add", "default", "dev", "eth2")
    (found,) = router.findings()
    assert (found.code, "eth2" in found.text) == ("ipv6-default", True)
    router.namespace.execute("ip", "-6", "route", "del", "default", "dev", "eth2")
    router.namespace.ip("rule add fwmark 1 lookup 99 priority 102")
    router.namespace.ip("rule add fwmark 0x40000/0xff0000 lookup 99 priority 103")
    assert router.codes() == set()  # marks that meet none of ours
    router.namespace.ip("rule del priority 102", "rule del priority 103")


FORWARD = """
table inet filter {
    chain forward { type filter hook forward priority 0; policy drop; jump lan; }
    chain lan { ct state established,related accept; %s }
}
"""


def test_firewalls_of_others(router: Router) -> None:
    nft = router.namespace.nft
    nft(FORWARD % "")
    (found,) = router.findings()
    assert (found.code, "inet filter forward" in found.text) == ("firewall-drops-forwarded", True)
    nft("flush ruleset", FORWARD % 'iifname "eth0" oifname { "eth1", "eth2" } accept;')
    assert router.codes() == set()
    nft("flush ruleset", "table ip f { chain o { type filter hook output priority 0; meta l4proto icmp drop; }; }")
    assert router.codes() == {"firewall-drops-probes"}
    nft("flush ruleset", "table ip f { chain i { type filter hook input priority 0; policy drop; iif lo accept; }; }")
    assert router.codes() == {"firewall-drops-probe-answers"}
    nft("flush ruleset", "table ip m { chain p { type filter hook prerouting priority 0; ct mark set mark; }; }")
    assert router.codes() == {"foreign-mark-write"}
    nft("flush ruleset", "table ip m { chain p { type filter hook prerouting priority 0; meta mark set 0x1; }; }")
    assert router.codes() == set()
    nft("flush ruleset")


def test_others_who_look_after_interfaces(router: Router) -> None:
    index = int(router.namespace.ip("link show eth1").partition(":")[0])
    links = router.root / "run/systemd/netif/links"
    links.mkdir(parents=True)
    (links / str(index)).write_text("ADMIN_STATE=configured\n")
    assert router.codes() == {"two-managers", "networkd-removes-foreign"}
    told = router.root / "etc/systemd/networkd.conf.d"
    told.mkdir(parents=True)
    (told / "m.conf").write_text("[Network]\nManageForeignRoutingPolicyRules=no\nManageForeignRoutes=no\n")
    assert router.codes() == {"two-managers"}
    (links / str(index)).unlink()
    assert router.codes() == set()


def test_the_state_directory_and_the_worker(router: Router) -> None:
    router.home.path.chmod(0o755)
    assert router.codes() == {"state-mode"}
    router.home.path.chmod(0o2770)
    os.chmod(router.home.config_db, 0o664)  # noqa: PTH101
    assert router.codes() == {"state-readable"}
    os.chmod(router.home.config_db, 0o660)  # noqa: PTH101
    silent, stopped = Worker(runs=True, answers=False), Worker(runs=False, answers=False)
    assert [one.code for one in router.findings(silent)] == ["worker-silent"]
    assert [one.code for one in router.findings(stopped)] == ["worker-stopped"]
    refusing = Worker(runs=True, answers=True, refused=("table 241 is somebody else's",))
    assert [one.code for one in router.findings(refusing)] == ["refused"]
