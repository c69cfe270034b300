"""Log lines as the journal gets them, and as everybody else does."""

import io
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.journal import FIELDS, JournalHandler, datagram, is_journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def log(path: Path) -> Iterator[logging.Logger]:
    log, handler = logging.Logger("app.worker.publisher"), JournalHandler(path, "multihome-worker")
    log.addHandler(handler)
    yield log
    handler.close()


def test_a_line_has_its_priority_and_its_fields(path: Path, log: logging.Logger) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(path))
        log.warning("%s is down", "ISP 2", extra={FIELDS: {"GATEWAY": 2, "REVISION": None}})
        log.info("all is well")
        first, second = (journal.recv(10_000).decode().splitlines() for _ in range(2))
    assert first == [
        "MESSAGE=ISP 2 is down", "PRIORITY=4", "SYSLOG_IDENTIFIER=multihome-worker", "LOGGER=app.worker.publisher",
        "GATEWAY=2",
    ]  # fmt: skip
    assert second[1] == "PRIORITY=6"


def test_a_value_of_several_lines_cannot_make_a_field_of_its_own() -> None:
    said = datagram({"MESSAGE": "one\nPRIORITY=0"})
    assert said == b"MESSAGE\n" + (14).to_bytes(8, "little") + b"one\nPRIORITY=0\n"


def test_without_a_journal_it_is_text_with_its_priority(log: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    log.error("two\nlines")
    assert said.getvalue() == "<3>two\n<3>lines\n"


def test_stderr_is_the_journal_only_where_systemd_says_so_of_this_very_stream() -> None:
    found = os.fstat(2)
    assert is_journal({"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
    assert not is_journal({"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + 1}"})
    assert not is_journal({})
