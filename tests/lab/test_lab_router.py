"""How the lab starts the router: under which ids, with which rights, from which directory. A stand-in takes its place,
in a clone that only root may enter: what is tested is the lab.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import registry, router, stage
from lab.errors import CommandFailed
from lab.lab import Lab
from lab.topology import topology
from lab.waiting import wait_until
from tests.lab.by_hand import lab_name

STAND_IN = {
    # Keeps what it was given, so that the test can read it.
    "cli/__main__.py": "import os, pathlib; pathlib.Path(os.environ['MULTIHOME_HOME'], 'config.db').write_text('')",
    "cli/config.py": """
        import os, pathlib, sys
        pathlib.Path(os.environ['MULTIHOME_HOME'], 'typed').write_text(sys.argv[2] + sys.stdin.read())
        """,
    # Says on its socket, in place of a reason, what it is.
    "worker/__main__.py": """
        import json, os, pathlib, socket, sys
        home = pathlib.Path(os.environ["MULTIHOME_HOME"])
        (home / "state.db").write_text("")
        me = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
        me.update(file=__file__, interpreter=sys.executable, links=sorted(os.listdir("/sys/class/net")))
        me.update(hostname=socket.gethostname(), resolv=open("/etc/resolv.conf").read())
        me.update(config=(home / "config.db").read_text(), closed=os.access(sys.argv[0] + "/../../../..", os.W_OK))
        me.update(beside=sorted(os.listdir(pathlib.Path(__file__).parents[3])))
        gateway = {"number": 1, "state": "up", "in_use": True, "reason": json.dumps(me)}
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(home / "worker.sock"))
            door.listen()
            while True:
                caller = door.accept()[0]
                caller.makefile().readline()
                caller.sendall(json.dumps({"gateways": [gateway]}).encode() + b"\\n")
                caller.close()
        """,
}


def dedent(source: str) -> str:
    lines = source.strip("\n").splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines) + "\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with an interpreter of its own in a directory that only root may enter."""
    closed = tmp_path_factory.mktemp("closed")
    closed.chmod(0o700)
    (closed / "secret").write_text("not for the worker")
    clone = closed / "clone"
    shutil.copytree(stage.CODE / "lab", clone / "lab", ignore=shutil.ignore_patterns("__pycache__"))
    (clone / "app").mkdir()
    (clone / "app/__init__.py").touch()
    for name, source in STAND_IN.items():
        path = clone / "app" / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(dedent(source))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)
    return clone


@pytest.fixture(scope="module")
def lab(clone: Path) -> Iterator[Lab]:
    """A lab brought up by the clone's own code and interpreter."""
    name = lab_name("router")
    code = f"from lab.lab import Lab; Lab.up({name!r}, quiet=True, panel=False, stays=True)"
    # The umask of a careful administrator: files of the lab must be right all the same.
    subprocess.run([clone / ".venv/bin/python", "-c", code], cwd=clone, check=True, umask=0o077)
    with Lab.find(name) as found:
        yield found


def told(lab: Lab) -> dict[str, Any]:
    gateways = lab.gateways()
    assert gateways, "the stand-in answers"
    words: dict[str, Any] = json.loads(gateways[0].reason)
    return words


def test_the_worker_runs_under_its_own_ids_with_two_capabilities_and_no_way_to_more(lab: Lab) -> None:
    worker = told(lab)
    assert worker["Uid"].split() == [str(router.WORKER.uid)] * 4
    assert worker["Gid"].split() == [str(router.WORKER.gid)] * 4
    assert worker["Groups"].split() == []
    net_admin_and_net_raw = (1 << 12) | (1 << 13)
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(worker[kind], 16) == net_admin_and_net_raw
    assert worker["NoNewPrivs"] == "1"
    assert worker["Umask"] == "0007"


def test_code_and_interpreter_in_a_closed_directory_are_reached_and_nothing_else_there(lab: Lab, clone: Path) -> None:
    worker = told(lab)
    assert worker["file"] == str(clone / "app/worker/__main__.py")
    assert worker["interpreter"] == str(clone / ".venv/bin/python")
    assert worker["beside"] == ["clone"], "the secret beside the clone is not shown"
    assert not worker["closed"], "the code cannot be written to"
    assert clone.parent.stat().st_mode & 0o777 == 0o700, "the directory itself stays closed"


def test_the_worker_is_in_the_balancer(lab: Lab) -> None:
    worker = told(lab)
    # /sys is the machine's own; bonding_masters is no link but lies there where bonding is loaded.
    assert set(worker["links"]) - {"bonding_masters"} == {"eth0", "eth1", "eth2", "lo"}
    assert worker["hostname"] == "balancer"
    assert worker["resolv"] == "nameserver 10.0.0.3\n"


def test_the_state_directory_is_shared_by_the_group_and_closed_to_others(lab: Lab) -> None:
    home = registry.home(lab.name)
    assert home.stat().st_mode & 0o7777 == 0o2770
    for name in ("config.db", "state.db", "typed"):
        found = (home / name).stat()
        assert (found.st_gid, found.st_mode & 0o777) == (router.WORKER.gid, 0o660)


def test_the_papers_configuration_is_typed_on_the_console(lab: Lab) -> None:
    typed = (registry.home(lab.name) / "typed").read_text()
    assert typed == "-" + "\n".join(
        [
            "addr edit eth0 62.231.110.65/26",
            "addr edit eth1 192.168.1.1/24",
            "addr edit eth2 172.17.0.1/24",
            "gateway edit 192.168.1.2 eth1",
            "gateway add 172.17.0.2",
            "gateway failover 1 icmp 10.0.0.3",
            "guard off",
            "",
        ]
    )


def test_further_providers_are_typed_alike() -> None:
    lines = router.paper_commands(topology(3))
    assert "addr edit eth3 192.168.3.1/24" in lines
    assert lines.index("gateway add 192.168.3.2") == lines.index("gateway add 172.17.0.2") + 1


def test_a_killed_worker_is_seen(lab: Lab) -> None:
    assert [process.alive for process in lab.record.router] == [True]
    lab.end_worker(kill=True)
    assert [process.alive for process in lab.record.router] == [False]
    assert lab.gateways() is None
    assert lab.record.works, "a router that died does not make the lab a ruin"


def test_a_router_that_cannot_start_says_why_and_leaves_nothing(clone: Path) -> None:
    name = lab_name("broken")
    broken = clone.parent / "broken"
    shutil.copytree(clone, broken, symlinks=True)
    (broken / "app/worker/__main__.py").write_text("raise SystemExit('no such luck')")
    code = f"from lab.lab import Lab; Lab.up({name!r}, quiet=True, panel=False)"
    done = subprocess.run(
        [broken / ".venv/bin/python", "-c", code], cwd=broken, check=False, capture_output=True, text=True
    )
    assert f"{CommandFailed.__name__}: the worker ended at once: no such luck" in done.stderr
    assert not registry.directory(name).exists()
    wait_until(lambda: name not in registry.names(), "it is gone")
