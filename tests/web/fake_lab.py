"""A lab's own socket with scripted answers and no lab behind it: what it was asked is kept, what it says is set."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CABLES = (
    ("host-balancer", "host", "balancer"),
    ("balancer-isp1", "balancer", "isp1"),
    ("balancer-isp2", "balancer", "isp2"),
    ("isp1-vmnet8", "isp1", "vmnet8"),
    ("isp2-vmnet8", "isp2", "vmnet8"),
    ("vmnet8-internet", "vmnet8", "internet"),
)
TRAFFIC = {"packets": 100, "octets": 5000, "packets_per_s": 12.5, "bits_per_s": 1_200_000}


def cable(name: str, near: str, far: str, *, plugged: bool = True, fault: str = "") -> dict[str, Any]:
    """One cable as the lab says it."""
    return {
        "name": name, "near": near, "far": far, "plugged": plugged, "fault": fault, "summary": fault or "healthy",
        "from_near": TRAFFIC, "from_far": TRAFFIC,
    }  # fmt: skip


def healthy_lab() -> dict[str, Any]:
    """A lab of two ISPs in which all is well."""
    return {
        "name": "fake",
        "isps": 2,
        "machines": [],
        "cables": [cable(*one) for one in CABLES],
        "processes": [],
        "gateways": [
            {"number": n, "name": f"ISP {n}", "state": "up", "reason": "answers", "in_use": True} for n in (1, 2)
        ],
        "office": {
            "connections_by_isp": {"1": 60, "2": 40}, "connections_failed": 0, "call_isp": 1,
            "call_answered_ago_s": 0.01, "call_gap_ms": None, "call_gap_ago_s": None, "download_isp": 2,
            "download_bytes": 1_000_000, "download_resets": 0, "lines": [],
        },
    }  # fmt: skip


def arrival(isp: int | None, line: str = "12:00:00.1  ISP 1  10.0.0.1:50000 > 10.0.0.12:80  tcp") -> dict[str, Any]:
    """A packet of the office at the Internet host."""
    return {"isp": isp, "protocol": "tcp", "destination": "10.0.0.12", "office": True, "line": line}


def probe(isp: int) -> dict[str, Any]:
    """A question of the router's own check at the Internet host."""
    return {"isp": isp, "protocol": "icmp", "destination": "10.0.0.3", "office": False, "line": "icmp echo request"}


class FakeLab:
    """A lab's socket, as long as it is entered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.status = healthy_lab()
        self.answer: dict[str, Any] | None = None
        self.asked: list[dict[str, Any]] = []
        # Whether it says every half second how it is, as a lab does; silent for longer, it counts as gone.
        self.talks = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> "FakeLab":
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def say(self, message: dict[str, Any] | bytes) -> None:
        """Send this to all subscribers."""
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._send, line + b"\n")

    def change(self, name: str, **changes: Any) -> None:
        """Let a cable be otherwise, and say so."""
        for one in self.status["cables"]:
            if one["name"] == name:
                one.update(changes)
        self.say({"status": self.status})

    def _send(self, line: bytes) -> None:
        for writer in tuple(self._writers):
            writer.write(line)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_unix_server(self._talk, str(self.path))
        self._ready.set()
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 0.5)
            if self.talks:
                self._send(json.dumps({"status": self.status}).encode() + b"\n")
        server.close()
        for writer in tuple(self._writers):
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                request = json.loads(line)
                if request["command"] == "subscribe":
                    self._writers.add(writer)
                    writer.write(b'{"ok": true}\n' + json.dumps({"status": self.status}).encode() + b"\n")
                else:
                    self.asked.append(request)
                    said = self.answer or {"ok": True, "cable": request.get("cable"), "summary": "cut"}
                    writer.write(json.dumps(said).encode() + b"\n")
                await writer.drain()
        self._writers.discard(writer)
        writer.close()


@contextmanager
def fake_lab(directory: Path) -> Iterator[FakeLab]:
    """A lab for the time of a test."""
    with FakeLab(directory / "control.sock") as lab:
        yield lab
