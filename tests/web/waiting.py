"""Waiting for a condition, with a limit."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from app.web.links import worker_link
from app.web.panel import Panel
from lab.waiting import wait_until
from tests.web.fake_worker import FakeWorker

T = TypeVar("T")


def until(condition: Callable[[], T], limit_s: float = 45.0) -> T:
    """What `condition` gives as soon as it is true; fails when it never is."""
    return wait_until(condition, "what the test waits for", limit_s)


def fall_silent(worker: FakeWorker, panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker die, and the panel notice without the seconds that it would wait."""
    worker.stop()
    monkeypatch.setattr(worker_link, "SILENT_AFTER_S", 0.05)
    until(lambda: panel.link.is_silent)
