"""The lab's socket does what the lab's commands do, tells what happens, and obeys the lab's panel and nobody else."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lab import lifetime, registry, router
from lab.lab import Lab
from lab.waiting import wait_until
from tests.lab.by_hand import configure, lab_name, pings


class Line:
    """A connection to the lab's socket."""

    def __init__(self, lab: Lab) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(str(registry.control_socket(lab.name)))
        self._reader = self._socket.makefile("rb")

    def close(self) -> None:
        self._reader.close()
        self._socket.close()

    def send(self, content: bytes) -> None:
        self._socket.sendall(content)

    def hear(self) -> dict[str, Any]:
        line = self._reader.readline()
        return json.loads(line) if line else {}

    def ask(self, command: str, **more: object) -> dict[str, Any]:
        self.send(json.dumps({"command": command, **more}).encode() + b"\n")
        return self.hear()


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.up(lab_name("control"), bare=True, quiet=True) as lab:
        configure(lab)
        with registry.locked(lab.name):
            control = lifetime.start_control(lab.name)
        yield lab
    assert not control.alive


@pytest.fixture
def line(lab: Lab) -> Iterator[Line]:
    with closing(Line(lab)) as line:
        yield line


def test_a_cable_is_cut_plugged_silenced_degraded_and_restored(lab: Lab, line: Line) -> None:
    cable = "balancer-isp1"
    assert line.ask("cut", cable=cable) == {"ok": True, "cable": cable, "summary": "cut"}
    assert pings(lab, "balancer", "192.168.1.2") == 0
    assert line.ask("plug", cable=cable)["summary"] == "healthy"
    wait_until(lambda: pings(lab, "balancer", "192.168.1.2") == 1, "the way is back")
    assert line.ask("silence", cable=cable)["summary"] == "silenced"
    assert pings(lab, "balancer", "192.168.1.2") == 0
    said = line.ask("degrade", cable=cable, loss_percent=1, rate_bits_per_s=2_000_000, delay_ms=20)
    assert said["summary"].startswith("loses 1 percent, at most 2000 kbit/s, delays by 20 ms")
    assert line.ask("restore", cable=cable)["summary"] == "healthy"
    assert pings(lab, "balancer", "192.168.1.2", 20) == 20


@pytest.mark.parametrize(
    ("request_line", "says"),
    [
        (b"{}\n", "there is no command"),
        (b"not json\n", "one line with a JSON object"),
        (b"[" * 2000 + b"\n", "one line with a JSON object"),
        (b'{"command": "cut"}\n', "name a cable"),
        (b'{"command": "cut", "cable": ["a"]}\n', "name a cable"),
        (b'{"command": "cut", "cable": "eth0; reboot"}\n', "there is no cable eth0; reboot; there is: host-balancer"),
        (b'{"command": "down", "cable": "balancer-isp1"}\n', "there is no command 'down'"),
        (b'{"command": "__init__", "cable": "balancer-isp1"}\n', "there is no command"),
        (b'{"command": "degrade", "cable": "balancer-isp1"}\n', "say how bad"),
        (b'{"command": "degrade", "cable": "balancer-isp1", "delay_ms": "5"}\n', "delay_ms is a number"),
        (b'{"command": "degrade", "cable": "balancer-isp1", "loss_percent": true}\n', "loss_percent is a number"),
        (b'{"command": "degrade", "cable": "balancer-isp1", "delay_ms": 1e99}\n', "choose more than 0, at most 10000"),
        (
            b'{"command": "degrade", "cable": "balancer-isp1", "rate_bits_per_s": 1e999}\n',
            "rate_bits_per_s is a number",
        ),
        (b'{"command": "degrade", "cable": "balancer-isp1", "loss_percent": NaN}\n', "loss_percent is a number"),
    ],
)
def test_what_it_does_not_know_is_refused_in_a_sentence_and_changes_nothing(
    lab: Lab, line: Line, request_line: bytes, says: str
) -> None:
    line.send(request_line)
    assert says in line.hear()["error"]
    assert [cable.summary for cable in lab.cables()] == ["healthy"] * len(lab.plan.cables)
    assert line.ask("status")["status"]["name"] == lab.name


def test_a_line_without_end_costs_the_connection(line: Line) -> None:
    line.send(b"x" * 10_000)
    assert line.hear() == {}


def test_the_status_is_the_whole_lab(lab: Lab, line: Line) -> None:
    status = line.ask("status")["status"]
    assert [cable["name"] for cable in status["cables"]] == [cable.name for cable in lab.plan.cables]
    assert (status["cables"][1]["near"], status["cables"][1]["far"]) == ("balancer", "isp1")
    assert {"name": "internet", "present": True} in status["machines"]
    assert (status["office"], status["gateways"]) == (None, None)


def test_a_subscriber_sees_traffic_and_where_flows_come_from(lab: Lab, line: Line) -> None:
    assert line.ask("subscribe") == {"ok": True}
    heard: list[dict[str, Any]] = [line.hear()]
    assert "status" in heard[0]
    pings(lab, "host", "10.0.0.3", 50)
    lab.cut("isp2-vmnet8")
    while not (statuses(heard) and statuses(heard)[-1]["cables"][4]["summary"] == "cut" and traces(heard)):
        heard.append(line.hear())
    lab.restore("isp2-vmnet8")
    assert heard[0]["status"]["cables"][0]["from_near"]["packets_per_s"] is None
    assert any((cable["from_near"]["packets_per_s"] or 0) > 0 for one in statuses(heard) for cable in one["cables"])
    trace = traces(heard)[0]
    assert (trace["protocol"], trace["destination"], trace["office"]) == ("icmp", "10.0.0.3", False)
    assert trace["isp"] in (1, 2)
    assert "echo request" in trace["line"]


def statuses(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["status"] for one in heard if "status" in one]


def traces(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["trace"] for one in heard if "trace" in one]


@pytest.mark.parametrize(("uid", "hears"), [(router.PANEL.uid, True), (router.WORKER.uid, False), (65534, False)])
def test_only_root_and_the_panels_id_are_heard(lab: Lab, uid: int, hears: bool) -> None:
    path = registry.control_socket(lab.name)
    mode = path.stat().st_mode & 0o777
    assert (path.stat().st_uid, mode) == (router.PANEL.uid, 0o600)
    path.chmod(0o666)  # also where the file lets everybody in
    code = f"""if True:
        import socket
        line = socket.socket(socket.AF_UNIX)
        line.connect({str(path)!r})
        try:
            line.sendall(b'{{"command": "status"}}\\n')
            print(len(line.makefile().readline()))
        except ConnectionError:
            print(0)
    """
    try:
        done = subprocess.run([sys.executable, "-c", code], user=uid, capture_output=True, text=True, check=True)
    finally:
        path.chmod(mode)
    assert (int(done.stdout) > 0) is hears


def test_only_the_panel_of_a_lab_is_told_where_it_is() -> None:
    with Lab.up(lab_name("told"), quiet=True, blank=True, port=0) as lab:
        there = f"MULTIHOME_LAB_SOCKET={registry.control_socket(lab.name)}"
        for process in lab.record.router:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes().decode().split("\0")
            assert (there in environment) is (process.role == "panel")
        assert "MULTIHOME_LAB_SOCKET" not in os.environ
        with closing(Line(lab)) as line:
            assert line.ask("status")["status"]["gateways"] == []
