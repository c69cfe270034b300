"""A lab comes up quickly, goes without a trace, also after a crash, and leaves its neighbors alone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import namespaces, registry
from lab.errors import AlreadyUp, BadRequest, NotUp
from lab.lab import Lab
from lab.status import observe, page
from lab.waiting import wait_until
from tests.lab.by_hand import configure, lab_name, pings


def remains(name: str) -> list[str]:
    """Whatever still exists of lab `name`."""
    found = namespaces.namespaces_of(name)
    if registry.directory(name).exists():
        found.append(str(registry.directory(name)))
    return found + [str(path) for path in registry.ROOT.glob(f"{name}.*")]


def command(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "lab", *words], capture_output=True, text=True, check=False)


def host_network() -> str:
    links = subprocess.run(["ip", "-j", "link"], capture_output=True, text=True, check=True).stdout
    return json.dumps(sorted(link["ifname"] for link in json.loads(links)))


def test_up_and_down_leave_nothing_and_touch_nothing() -> None:
    name = lab_name("plain")
    before = host_network()
    with Lab.up(name, bare=True) as lab:
        assert len(namespaces.namespaces_of(name)) == 6
        pids = [process.pid for process in lab.record.processes]
        assert pids
        assert host_network() == before
    assert remains(name) == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_processes_inside_go_with_the_lab_and_no_others() -> None:
    name = lab_name("inside")
    with subprocess.Popen(["sleep", "1000"]) as stranger, Lab.up(name, bare=True) as lab:
        with lab.spawn("host", ["sleep", "1000"]) as child:
            lab.down()
            assert child.wait(5) == -signal.SIGTERM
        assert stranger.poll() is None
        stranger.kill()
    assert remains(name) == []


def test_a_stubborn_process_inside_is_killed() -> None:
    name = lab_name("stubborn")
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); signal.pause()"
    with Lab.up(name, bare=True) as lab, lab.spawn("isp1", [sys.executable, "-c", ignore]) as child:
        assert child.stdout is not None
        child.stdout.readline()
        lab.down()
        assert child.wait(5) == -signal.SIGKILL


def test_a_lab_that_works_is_not_built_twice() -> None:
    name = lab_name("twice")
    with Lab.up(name, bare=True), pytest.raises(AlreadyUp, match="up already"):
        Lab.up(name, bare=True)
    with pytest.raises(NotUp):
        Lab.find(name)
    with pytest.raises(NotUp):
        Lab.remove(name)


def test_a_crashed_lab_is_cleared_by_down() -> None:
    name = lab_name("crash")
    lab = Lab.up(name, bare=True)
    for process in lab.record.processes:
        os.kill(process.pid, signal.SIGKILL)
    lab.down()
    assert remains(name) == []


def test_a_crashed_lab_is_cleared_by_the_next_up() -> None:
    name = lab_name("again")
    lab = Lab.up(name, bare=True)
    lab.run("balancer", ["ip", "addr", "add", "192.0.2.1/32", "dev", "lo"])
    for process in lab.record.processes:
        os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda dead=process: not dead.alive, "it is dead")  # type: ignore[misc]
    with Lab.up(name, bare=True) as anew:
        assert "192.0.2.1" not in anew.run("balancer", ["ip", "addr"]).stdout
    assert remains(name) == []


def test_a_killed_foreground_lab_is_cleared_by_the_next_one() -> None:
    name = lab_name("fore")
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "--bare", "--name", name], stdout=subprocess.PIPE, text=True
    ) as foreground:
        assert foreground.stdout is not None
        assert "is healthy" in foreground.stdout.readline()
        foreground.kill()
    assert len(remains(name)) > 6
    with Lab.up(name, bare=True):
        pass
    assert remains(name) == []


def test_an_interrupted_build_leaves_nothing() -> None:
    name = lab_name("halt")
    with subprocess.Popen([sys.executable, "-m", "lab", "up", "--bare", "--isps", "16", "--name", name]) as building:
        wait_until(lambda: namespaces.namespaces_of(name) or building.poll() is not None, "it has begun")
        building.terminate()
    if building.returncode == 0:
        Lab.remove(name)  # it was quicker
    assert remains(name) == []


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_foreground_lab_tells_changes_and_goes_when_it_is_asked_to(wish: signal.Signals) -> None:
    name = lab_name("show")
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "--bare", "--name", name], stdout=subprocess.PIPE, text=True
    ) as foreground:
        assert foreground.stdout is not None
        while "internet runs" not in foreground.stdout.readline():
            pass
        Lab.find(name).cut("balancer-isp1")
        assert "cable balancer-isp1 is cut" in foreground.stdout.readline()
        foreground.send_signal(wish)
        assert "all of it is gone" in foreground.stdout.read()
    assert foreground.returncode == 0
    assert remains(name) == []


def test_the_foreground_lab_ends_when_somebody_else_takes_it_down() -> None:
    name = lab_name("under")
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "--bare", "--name", name], stdout=subprocess.PIPE, text=True
    ) as foreground:
        assert foreground.stdout is not None
        foreground.stdout.readline()
        Lab.remove(name)
        assert "taken down" in foreground.stdout.read()
    assert foreground.returncode == 0


def test_a_pid_that_was_given_to_somebody_else_is_not_killed() -> None:
    name = lab_name("pid")
    lab = Lab.up(name, bare=True)
    with subprocess.Popen(["sleep", "1000"]) as stranger:
        page = json.loads((registry.directory(name) / "lab.json").read_text())
        page["processes"].append({"role": "office", "pid": stranger.pid, "started": 1})
        (registry.directory(name) / "lab.json").write_text(json.dumps(page))
        lab.down()
        assert stranger.poll() is None
        stranger.kill()


def test_two_labs_stand_side_by_side() -> None:
    with Lab.up(lab_name("a"), bare=True) as one, Lab.up(lab_name("a-b"), bare=True) as other:
        configure(one)
        configure(other)
        one.silence("vmnet8-internet")
        assert pings(one, "host", "10.0.0.3") == 0
        assert pings(other, "host", "10.0.0.3") == 1
        one.down()
        assert pings(other, "host", "10.0.0.3") == 1


@pytest.mark.parametrize("name", ["", "A", "../x", "a" * 17, "a b", "a;b"])
def test_a_name_that_could_not_be_a_namespace_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        Lab.up(name, bare=True)


def test_sixteen_providers_stand_with_the_right_addresses() -> None:
    with Lab.up(lab_name("many"), isps=16, bare=True) as lab:
        configure(lab)
        assert "10.0.0.116/24" in lab.run("isp16", ["ip", "-br", "addr", "show", "dev", "eth2"]).stdout
        assert pings(lab, "balancer", "10.0.0.3", 1, ["-I", "eth16"]) == 1


def test_the_balancer_starts_without_addresses_and_does_not_forward() -> None:
    with Lab.up(lab_name("empty"), bare=True) as lab:
        links = json.loads(lab.run("balancer", ["ip", "-j", "-4", "addr"]).stdout)
        assert [address["local"] for link in links for address in link.get("addr_info", [])] == ["127.0.0.1"]
        assert lab.run("balancer", ["sysctl", "-n", "net.ipv4.ip_forward"]).stdout.strip() == "0"
        assert lab.run("isp1", ["sysctl", "-n", "net.ipv4.ip_forward"]).stdout.strip() == "1"


def test_commands_answer_a_mistake_in_one_line_and_status_2() -> None:
    name = lab_name("words")
    for words in (["status"], ["cut", "x"], ["down"], ["exec", "host", "--", "true"]):
        done = command(*words, "--name", name) if words[0] != "exec" else command("exec", "--name", name, *words[1:])
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"lab: lab {name} is not up")
        assert done.stderr.count("\n") == 1


def test_the_commands_do_what_they_say() -> None:
    name = lab_name("cli")
    assert command("up", "--bare", "--name", name).returncode == 0
    try:
        assert command("cut", "balancer-isp1", "--name", name).returncode == 0
        told = json.loads(command("status", "--json", "--name", name).stdout)
        assert [cable["name"] for cable in told["cables"] if not cable["plugged"]] == ["balancer-isp1"]
        assert "cut" in command("status", "--name", name).stdout
        assert command("exec", "--name", name, "host", "--", "sh", "-c", "exit 7").returncode == 7
        seen = command("--name", name, "exec", "host", "--", "sh", "-c", "echo $MULTIHOME_HOME; hostname").stdout
        assert seen.split() == [f"/run/multihome-lab/{name}/home", "host"]
        assert command("degrade", "isp1-vmnet8", "--loss", "5%", "--rate", "2mbit", "--name", name).returncode == 0
        assert "loses 5 percent, at most 2000 kbit/s" in command("status", "--name", name).stdout
        assert command("restore", "balancer-isp1", "--name", name).returncode == 0
    finally:
        assert command("down", "--name", name).returncode == 0
    assert remains(name) == []


def test_the_office_makes_traffic_that_status_shows() -> None:
    with Lab.up(lab_name("office"), bare=True) as lab:
        configure(lab)
        lab.start_office()
        wait_until(
            lambda: (
                (traffic := observe(lab).traffic) is not None
                and traffic.call_isp
                and traffic.download_bytes > 100_000
                and set(traffic.connections_by_isp or {}) == {"1", "2"}
            ),
            "all three kinds of traffic",
            10,
        )
        text = "\n".join(page(observe(lab)))
        assert "answered by ISP" in text
        assert "office runs" in text
        lab.cut("host-balancer")
        wait_until(lambda: "not answered for" in "\n".join(page(observe(lab))), "the call is cut")
        lab.plug("host-balancer")
        wait_until(lambda: (noticed := observe(lab).traffic) and noticed.call_gap_ms > 900, "the gap is measured")
