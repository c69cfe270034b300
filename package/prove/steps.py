"""What the proof does on its machine, and what has to be true then. Each step says in words what it has seen."""

import json
import re
import subprocess
from pathlib import Path
from typing import Final

from lab.lab import Lab
from lab.measures import pairs
from lab.router import paper_commands
from lab.waiting import wait_until
from package.prove.machine import Machine, ProofFailed
from package.prove.newer import NEWER

WORKER: Final = "multihome-worker.service"
PANEL: Final = "multihome-panel.service"
SOCKET: Final = "multihome-panel.socket"
UNITS: Final = (WORKER, PANEL, SOCKET)
HOME: Final = "/var/lib/multihome"
SETTLED_S: Final = 30.0
# WatchdogSec, TimeoutStopSec for a process that does not even hear SIGABRT, and a start.
HUNG_S: Final = 60.0

_FETCH: Final = """
import ssl, sys, urllib.request
context = ssl._create_unverified_context()
print(urllib.request.urlopen(sys.argv[1], context=context, timeout=5).read().decode())
"""
# What a process under a sandbox too narrow for it says.
_REFUSED: Final = re.compile(r"Operation not permitted|Permission denied|Read-only file system|Traceback|SIGSYS")


def require(true: object, otherwise: str) -> None:
    """Raise ProofFailed unless it is true."""
    if not true:
        raise ProofFailed(otherwise)


def kernel(machine: Machine) -> str:
    """Everything in the kernel that Multihome may change, as text."""
    settings = ("ip_forward", "fib_multipath_hash_policy", "fib_multipath_use_neigh", "conf/eth1/rp_filter")
    commands: list[tuple[str, ...]] = [
        ("ip", "rule"),
        ("ip", "route", "show", "table", "all", "proto", "static"),
        ("ip", "-br", "-4", "address"),
    ]
    commands += [("nft", "list", "tables"), ("cat", *(f"/proc/sys/net/ipv4/{name}" for name in settings))]
    said = [machine.run(*command, check=command[0] != "nft").stdout for command in commands]
    return "".join(said)


def lint(package: Path) -> str:
    """Lintian has nothing to say, beyond what package/debian/lintian-overrides explains."""
    command = ["lintian", "--allow-root", "--fail-on=error,warning", str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    require(not done.returncode and not done.stdout, f"lintian: {done.stdout}{done.stderr}")
    return "no error, no warning"


def install(machine: Machine, package: str) -> str:
    """`apt install ./multihome_*.deb` on a machine that has none of it."""
    said = machine.said("apt-get", "install", "--yes", "--no-install-recommends", f"/root/{package}")
    for word in ("To begin", "https://", "sudo multihome user setup-token"):
        require(word in said, f"apt says nothing of {word!r}:\n{said}")
    _await_units(machine)
    return machine.said("dpkg-query", "--show", "--showformat=${Package} ${Version} ${db:Status-Status}", "multihome")


def _await_units(machine: Machine) -> None:
    def asleep() -> list[str]:
        return [unit for unit in UNITS if machine.property(unit, "ActiveState") != "active"]

    wait_until(lambda: not asleep(), "the units are active", SETTLED_S)


def check_installed(machine: Machine) -> str:
    """Users, modes, commands, and units that systemd understands."""
    for name in ("worker", "panel"):
        words = machine.said("id", "--name", "--groups", f"multihome-{name}")
        require(words == "multihome", f"multihome-{name} is in the groups {words}")
        shell = machine.said("getent", "passwd", f"multihome-{name}").split(":")[-1]
        require(shell == "/usr/sbin/nologin", f"multihome-{name} can log in")
    mode = machine.said("stat", "--format=%a %U %G", HOME)
    require(mode == "2770 root multihome", f"{HOME} is {mode}")
    mode = machine.said("stat", "--format=%a %G", f"{HOME}/config.db")
    require(mode == "660 multihome", f"config.db is {mode}")
    require(machine.said("readlink", "--canonicalize", "/usr/bin/config") == "/usr/bin/multihome-config", "no config")
    require("gateway" in machine.said("config", "--help"), "config does not help")
    verified = machine.run("systemd-analyze", "verify", *(f"/lib/systemd/system/{unit}" for unit in UNITS))
    require(not verified.stderr.strip(), f"systemd-analyze verify: {verified.stderr}")
    require(machine.said("dpkg", "--verify", "multihome") == "", "files are not as packaged")
    compiled = machine.said("find", "/usr/lib/multihome", "-name", "console.*.pyc")
    require(compiled, "what the processes run is not compiled")
    for page in ("multihome", "config"):
        path = machine.said("readlink", "--canonicalize", f"/usr/share/man/man8/{page}.8.gz")
        require("EXIT STATUS" in machine.said("zcat", path), f"{path} is no man page")
    return "as they should be"


def check_panel(machine: Machine) -> str:
    """It answers, knows the worker, and lets the first administrator in by the token that root can read."""
    health = json.loads(_fetch(machine, "api/v1/healthz"))
    require(health["panel"] == health["worker"] == "alive", f"healthz says {health}")
    token = machine.said("multihome", "user", "setup-token")
    require(re.fullmatch("[0-9a-f]{32}", token), f"the token is {token!r}")
    require("token" in _fetch(machine, "").lower(), "the first page does not ask for the token")
    require(token in machine.said("journalctl", "--boot", "--unit", PANEL), "the journal does not name the token")
    names = machine.said("cat", f"{HOME}/tls/certificate.json")
    require("router" in names, f"the certificate is for {names}")
    return f"healthz says {health['worker']}, the page asks for the token"


def _fetch(machine: Machine, path: str) -> str:
    return machine.said("/usr/bin/python3", "-c", _FETCH, f"https://127.0.0.1/{path}")


def configure(machine: Machine, lab: Lab) -> str:
    """The paper's commands, typed; both ISPs are in use then."""
    machine.said("config", "batch", "-", stdin="\n".join(paper_commands(lab.plan)) + "\n")
    wait_until(lambda: _in_use(machine) == 2, "both ISPs are in use", SETTLED_S)
    require("62.231.110.65" in machine.said("config", "addr", "show"), "the address is not shown")
    return machine.said("config", "gateway", "show").splitlines()[0]


def _in_use(machine: Machine) -> int:
    return machine.said("ip", "route", "show", "table", "243").count("nexthop via")


def check_sandbox(machine: Machine) -> str:
    """Both are what their units make of them, and neither was refused anything that it needs."""
    told = []
    for unit, capabilities in ((WORKER, 0x3000), (PANEL, 0)):
        process = machine.property(unit, "MainPID")
        lines = machine.said("cat", f"/proc/{process}/status").splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        for kind in ("CapEff", "CapPrm", "CapBnd"):
            require(int(status[kind], 16) == capabilities, f"{unit}: {kind} is {status[kind]}")
        require(status["NoNewPrivs"] == "1", f"{unit} may get new privileges")
        require(status["Seccomp"] == "2", f"{unit} has no seccomp filter")
        require(status["Uid"].split()[0] != "0", f"{unit} runs as root")
        told.append(
            f"{unit.partition('.')[0]} uid {status['Uid'].split()[0]} capabilities {status['CapEff'].lstrip('0') or 0}"
        )
    _check_journal(machine)
    return ", ".join(told)


def _check_journal(machine: Machine) -> None:
    journal = machine.said("journalctl", "--boot", "--unit", WORKER, "--unit", PANEL)
    refused = [line for line in journal.splitlines() if _REFUSED.search(line)]
    require(not refused, "the journal says:\n" + "\n".join(refused))


def disturb(machine: Machine) -> str:
    """A deleted rule comes back; a killed worker and one that hangs are started again."""
    rule = ("ip", "rule", "del", "priority", "243")
    machine.said(*rule)
    wait_until(lambda: "lookup 243" in machine.said("ip", "rule"), "the rule is back", SETTLED_S)
    machine.said("systemctl", "kill", "--signal=KILL", WORKER)
    killed = _restarted(machine, 1, SETTLED_S)
    machine.said("systemctl", "kill", "--signal=STOP", WORKER)
    hung = _restarted(machine, killed + 1, HUNG_S)
    machine.said("systemctl", "kill", "--signal=STOP", PANEL)
    wait_until(lambda: int(machine.property(PANEL, "NRestarts")) >= 1, "the hung panel is started again", 90)
    _await_units(machine)
    require("watchdog" in machine.said("journalctl", "--boot", "--unit", WORKER).lower(), "no watchdog in the journal")
    return f"repaired, {hung} restarts of the worker, 1 of the panel"


def _restarted(machine: Machine, at_least: int, limit_s: float) -> int:
    def restarts() -> int:
        found = int(machine.property(WORKER, "NRestarts"))
        active = machine.property(WORKER, "ActiveState") == "active"
        return found if active and found >= at_least else 0

    return wait_until(restarts, "the worker is started again", limit_s)


def upgrade(machine: Machine, package: str, schema: str) -> str:
    """`apt install` of a newer version: everything kept, the database migrated and kept aside, the worker a new one."""
    before, process = machine.said("config", "gateway", "show"), machine.property(WORKER, "MainPID")
    machine.said("apt-get", "install", "--yes", "--no-install-recommends", f"/root/{package}")
    _await_units(machine)
    require(machine.property(WORKER, "MainPID") != process, "the worker is still the old one")
    require(machine.said("config", "gateway", "show") == before, "the configuration is another one")
    require(machine.run("test", "-s", f"{HOME}/config-{schema}.db", check=False).returncode == 0, "no copy was kept")
    wait_until(
        lambda: json.loads(_fetch(machine, "api/v1/healthz"))["worker"] == "alive", "the panel hears it", SETTLED_S
    )
    require(machine.run("multihome", "status", check=False).returncode == 0, "the router is not well")
    _check_journal(machine)
    return f"to {NEWER}, with config-{schema}.db kept aside"


def remove(machine: Machine) -> str:
    """`apt remove`: nothing runs, configuration and routing stay."""
    held = kernel(machine)
    machine.said("apt-get", "remove", "--yes", "multihome")
    for unit in UNITS:
        require(machine.property(unit, "ActiveState") != "active", f"{unit} is active")
    require(machine.run("test", "-e", "/usr/bin/config", check=False).returncode == 1, "config is left")
    require(machine.run("test", "-s", f"{HOME}/config.db", check=False).returncode == 0, "the configuration is gone")
    require(kernel(machine) == held, "the kernel was changed")
    return "stopped, configuration and routing left"


def fail_over(machine: Machine, lab: Lab, package: str) -> str:
    """Installed over what a removal has left, it goes on; and the sandbox lets it do all that a failover takes."""
    machine.said("apt-get", "install", "--yes", "--no-install-recommends", f"/root/{package}")
    _await_units(machine)
    wait_until(lambda: _in_use(machine) == 2, "both ISPs are in use", SETTLED_S)
    with lab.tcp_waiters(pairs(8)) as waiters, lab.udp_call(pairs(8), rate_hz=50) as call:
        # Balanced by source and destination: a pair's connection leaves by the ISP that its call leaves by.
        dying = sum(isp == 1 for _, isp in call.latest)
        lab.cut("balancer-isp1")
        told = "answered through ISP 2 alone"
        wait_until(lambda: all(isp == 2 for _, isp in call.latest), told, SETTLED_S)
        lost = [flow.lost() for flow in call.stop()]
        wait_until(lambda: _told(waiters.latest) == dying, f"{dying} waiting clients are told", SETTLED_S)
    lab.plug("balancer-isp1")
    wait_until(lambda: _in_use(machine) == 2, "ISP 1 is back", 60)
    _check_journal(machine)
    return f"{sum(lost)} of 8 flows' datagrams lost at the cut, all {dying} waiting clients told"


def _told(streams: list[list[str]]) -> int:
    return sum(ending == "reset" for ending, *_ in streams)


def purge(machine: Machine, before: str) -> str:
    """`apt purge`: no state, no user, nothing in the kernel, sysctls as they were; and it says so."""
    done = machine.run("apt-get", "purge", "--yes", "multihome")
    require(f"removing {HOME}" in done.stdout + done.stderr, "it does not say what it removes")
    require(machine.run("test", "-e", HOME, check=False).returncode == 1, "the state is left")
    for name in ("multihome-worker", "multihome-panel"):
        require(machine.run("getent", "passwd", name, check=False).returncode, f"user {name} is left")
    require(machine.run("getent", "group", "multihome", check=False).returncode, "the group is left")
    left = machine.said("find", "/usr", "/lib", "/etc", "/var/lib", "-xdev", "-name", "*multihome*")
    require(not left, f"left: {left}")
    after = kernel(machine)
    require(after == before, f"the kernel is not as it was:\n{before}\n---\n{after}")
    return "nothing is left, the kernel as it was"
