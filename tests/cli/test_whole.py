"""All programs together on a real kernel: migrate, batch, run, show, status, uninstall."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.console import FIVE_LINES, PAPER

LIMIT_S = 60.0
INTERFACES = ("eth0", "eth1", "eth2")


class Machine:
    """The paper's balancer as a network namespace, with the far ends of its cables in it too."""

    def __init__(self, name: str, home: Path) -> None:
        self.name = name
        self.environment = {**os.environ, "MULTIHOME_HOME": str(home)}

    def words(self, words: Sequence[str]) -> list[str]:
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.words(words),
            input=typed,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=LIMIT_S,
            check=False,
        )

    def said(self, *words: str, typed: str = "") -> str:
        ended = self.run(*words, typed=typed)
        assert ended.returncode == 0, ended
        return ended.stdout

    def config(self, *words: str, typed: str = "") -> str:
        return self.said(sys.executable, "-m", "app.cli.config", *words, typed=typed)

    def multihome(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return self.run(sys.executable, "-m", "app.cli", *words)

    def kernel(self) -> str:
        """What of ours could be in the kernel, as the machine's own programs show it."""
        sysctls = self.said("sysctl", "-a").splitlines()
        return "\n".join(
            (
                self.said("ip", "rule"),
                self.said("ip", "-4", "route", "show", "table", "all"),
                self.said("ip", "-4", "-br", "address"),
                self.said("nft", "list", "ruleset"),
                *(one for one in sysctls if one.startswith("net.") and "conntrack_count" not in one),
            )
        )


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(f"mhcli-{os.getpid()}", tmp_path / "home")
    subprocess.run(["ip", "netns", "add", made.name], check=True)
    try:
        made.said("ip", "link", "set", "lo", "up")
        for name in INTERFACES:
            made.said("ip", "link", "add", name, "type", "veth", "peer", "name", f"far-{name}")
            made.said("ip", "link", "set", name, "up")
            made.said("ip", "link", "set", f"far-{name}", "up")
        yield made
    finally:
        subprocess.run(["ip", "netns", "del", made.name], check=True)


def settle_in(machine: Machine) -> None:
    """What somebody has made of the machine before: an address with a default route, rules, a firewall, forwarding."""
    machine.said("ip", "address", "add", "192.168.1.50/24", "dev", "eth1")
    machine.said("ip", "address", "add", "192.168.1.51/24", "dev", "eth1")
    machine.said("ip", "route", "add", "default", "via", "192.168.1.2", "dev", "eth1", "proto", "static")
    machine.said("ip", "rule", "add", "fwmark", "0x7", "lookup", "77", "priority", "500")
    machine.said("ip", "route", "add", "blackhole", "10.9.0.0/16", "table", "77")
    machine.said("nft", "add table inet others; add chain inet others c { type filter hook input priority 0; }")
    machine.said("sysctl", "-q", "-w", "net.ipv4.conf.eth0.forwarding=1", "net.ipv4.conf.eth2.rp_filter=1")


def test_from_a_machine_to_a_router_and_back(machine: Machine) -> None:
    settle_in(machine)
    before = machine.kernel()
    running = subprocess.Popen(
        machine.words([sys.executable, "-m", "app.cli", "run"]), env=machine.environment, stderr=subprocess.PIPE
    )
    try:
        ends_at = time.monotonic() + LIMIT_S
        while machine.multihome("status").returncode != 0:
            assert time.monotonic() < ends_at
        machine.config("batch", "-", typed=PAPER)
        while "nexthop via 172.17.0.2 dev eth2 weight 1" not in machine.said("ip", "route", "show", "table", "all"):
            assert time.monotonic() < ends_at
        assert machine.config("gateway", "show") == FIVE_LINES
        machine.said("ip", "link", "set", "far-eth2", "down")
        while "(down: " not in machine.config("gateway", "show"):
            assert time.monotonic() < ends_at
        refused = machine.multihome("uninstall", "--yes")
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
        assert "the worker is running" in refused.stderr
    finally:
        running.terminate()
        _, log = running.communicate(timeout=LIMIT_S)
    assert running.returncode == 0, log
    machine.said("ip", "link", "set", "far-eth2", "up")
    assert "lookup 243" in machine.kernel()

    asked = machine.multihome("uninstall")
    assert asked.returncode != 0
    assert "ip rule del priority 240" in asked.stdout
    assert machine.multihome("uninstall", "--plan").stdout in asked.stdout
    assert "lookup 243" in machine.kernel()

    removed = machine.multihome("uninstall", "--yes")
    assert (removed.returncode, removed.stderr) == (0, "")
    after = machine.kernel()
    assert set(after.splitlines()) ^ set(before.splitlines()) == set()
    assert machine.config("gateway", "show") == FIVE_LINES  # the configuration stays


def test_uninstall_can_leave_the_addresses(machine: Machine) -> None:
    assert machine.multihome("migrate").returncode == 0
    machine.config("batch", "-", typed=PAPER)
    machine.said("ip", "address", "add", "62.231.110.65/26", "dev", "eth0")
    removed = machine.multihome("uninstall", "--yes", "--keep-addresses")
    assert removed.returncode == 0
    assert "62.231.110.65/26" in machine.kernel()
    machine.multihome("uninstall", "--yes")
    assert "62.231.110.65/26" not in machine.kernel()


def test_the_worker_is_a_program_of_its_own(machine: Machine, tmp_path: Path) -> None:
    assert machine.multihome("migrate").returncode == 0
    with (tmp_path / "log").open("w") as log:
        words = machine.words([sys.executable, "-m", "app.cli", "worker"])
        running = subprocess.Popen(words, env=machine.environment, stderr=log)
    try:
        ends_at = time.monotonic() + LIMIT_S
        while machine.multihome("status").returncode != 0:
            assert time.monotonic() < ends_at
        words_now = Path(f"/proc/{running.pid}/cmdline").read_bytes().split(b"\0")
        assert words_now[1:4] == [b"-P", b"-m", b"app.worker"]
    finally:
        running.terminate()
        running.wait(LIMIT_S)
