"""Talking to a worker that may be well, silent, busy or out of its mind."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from app.errors import WorkerSilent
from app.model.choices import Protocol
from app.model.status import Status
from app.model.way import Packet, Way
from app.service import worker_client
from app.service.worker_client import (
    NAME_PATIENCE_S,
    examination,
    kernel_view,
    resolved,
    wake_worker,
    which_way,
    worker_runs,
    worker_status,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STATUS = Status(observed_at=NOW, started_at=NOW, boot_id="b", wanted=2, in_force=2)


@contextmanager
def worker(path: Path, answer: bytes, asked: list[bytes] | None = None) -> Iterator[None]:
    """Something that listens on the socket and gives everybody the same answer."""
    ended = threading.Event()

    def serve(listening: socket.socket) -> None:
        while not ended.is_set():
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                if not ended.is_set():
                    request = connection.recv(1000)
                    (asked if asked is not None else []).append(request)
                    connection.sendall(answer)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            with socket.socket(socket.AF_UNIX) as last:
                last.connect(str(path))
            thread.join(5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "worker.sock"


def test_the_status_crosses_whole(path: Path) -> None:
    asked: list[bytes] = []
    with worker(path, TypeAdapter(Status).dump_json(STATUS) + b"\n", asked):
        assert worker_status(path) == STATUS
    assert asked == [b'{"command": "status"}\n']


def test_the_view_of_the_kernel_crosses_whole(path: Path) -> None:
    with worker(path, b'{"desired": ["a", "b"], "observed": ["a"], "pending": [], "drift": ["b"]}\n'):
        view = kernel_view(path)
    assert (view.desired, view.observed, view.drift) == (("a", "b"), ("a",), ("b",))


def test_without_a_worker_it_is_silent(path: Path) -> None:
    for ask in (worker_status, kernel_view):
        with pytest.raises(WorkerSilent, match=r"worker\.sock"):
            ask(path)
    wake_worker(path)
    assert not worker_runs(path)


def test_a_socket_that_a_worker_left_behind_is_silence(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
    with pytest.raises(WorkerSilent):
        worker_status(path)
    assert not worker_runs(path)


def test_a_worker_that_hangs_is_silent_after_a_while_but_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_client, "PATIENCE_S", 0.05)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        with pytest.raises(WorkerSilent, match="timed out"):
            worker_status(path)
        wake_worker(path)
        assert worker_runs(path)


@pytest.mark.parametrize("ask", [examination, lambda path: resolved(path, "www.test")], ids=["doctor", "resolve"])
def test_what_takes_the_worker_long_fails_at_once_where_the_worker_hangs(
    path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Path], object]
) -> None:
    monkeypatch.setattr(worker_client, "PATIENCE_S", 0.05)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        started_s = time.monotonic()
        with pytest.raises(WorkerSilent, match="timed out"):
            ask(path)
        assert time.monotonic() - started_s < NAME_PATIENCE_S / 2


ANSWERS = [
    b"",
    b"\n",
    b"{}\n",
    b"[]\n",
    b"null\n",
    b"not json\n",
    b'{"observed_at": "today"}\n',
    b'{"unended": ',
    b"\xff\n",
]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("ask", [worker_status, kernel_view])
def test_an_answer_that_cannot_be_is_silence(path: Path, answer: bytes, ask: Callable[[Path], object]) -> None:
    with worker(path, answer), pytest.raises(WorkerSilent):
        ask(path)


def test_a_refusal_is_told_in_the_workers_words(path: Path) -> None:
    with worker(path, b'{"error": "not yet"}\n'), pytest.raises(WorkerSilent, match="refused `status`: not yet"):
        worker_status(path)


def test_an_endless_answer_is_cut_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_client, "_LONGEST_ANSWER", 100_000)
    with worker(path, b"x" * 1_000_000), pytest.raises(WorkerSilent):
        worker_status(path)


def test_a_question_which_way_and_its_answer_cross_whole(path: Path) -> None:
    asked: list[bytes] = []
    packet = Packet(
        source=IPv4Address("192.168.0.7"),
        destination=IPv4Address("9.9.9.9"),
        protocol=Protocol.UDP,
        source_port=5060,
        destination_port=5060,
        interface="eth0",
        mac="00:16:3e:12:34:56",
        dscp=46,
    )
    way = Way(rule=7, gateway=2, source=IPv4Address("172.17.0.1"), reason="rule 7 leads to ISP 2")
    with worker(path, TypeAdapter(Way).dump_json(way) + b"\n", asked):
        assert which_way(path, packet) == way
    request = json.loads(asked[0])
    assert request["command"] == "which_way"
    assert TypeAdapter(Packet).validate_python(request["packet"]) == packet


def test_a_refused_question_which_way_is_silence(path: Path) -> None:
    packet = Packet(source=IPv4Address("192.168.0.7"), destination=IPv4Address("9.9.9.9"), protocol=Protocol.ICMP)
    with worker(path, b'{"error": "too many"}\n'), pytest.raises(WorkerSilent, match="too many"):
        which_way(path, packet)
