"""`multihome logs` and `multihome history`, without systemd and without a worker."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.model.events.event import LoggedEvent
from app.store.state import StateWriter
from app.store.state_schema import Sample
from tests.cli.console import PAPER, Console
from tests.legs import ipv4


def test_what_happened_is_shown_oldest_first_and_only_what_is_asked_for(console: Console) -> None:
    console.do(PAPER)
    now, writer = datetime.now(UTC), StateWriter(console.path / "state.db")
    for age, text in ((timedelta(hours=30), "old"), (timedelta(hours=3), "ISP 2 is down: \x1b[2J")):
        writer.add_events([LoggedEvent(at=now - age, kind="verdict", text=text, number=2)])
    writer.close()
    lines = console.do("multihome logs").splitlines()
    assert "verdict  ISP 2 is down: " in lines[0]
    assert "\x1b" not in lines[0]
    assert "configuration  addr edit eth0 62.231.110.65/26 (by " in lines[1]
    assert len(lines) == 7
    assert len(console.do("multihome logs --since 2h").splitlines()) == 6
    assert len(console.do("multihome logs --since 2d").splitlines()) == 8
    first = json.loads(console.do("multihome logs --json").splitlines()[0])
    assert (first["kind"], first["number"]) == ("verdict", 2)


def test_an_older_time_among_newer_ones_hides_none_of_them(console: Console) -> None:
    now, writer = datetime.now(UTC), StateWriter(console.path / "state.db")
    for age, text in ((timedelta(hours=1), "before"), (timedelta(days=30), "clock"), (timedelta(), "after")):
        writer.add_events([LoggedEvent(at=now - age, kind="worker", text=text)])
    writer.close()
    assert [line.split()[-1] for line in console.do("multihome logs").splitlines()] == ["before", "after"]


def test_many_lines_are_all_shown(console: Console) -> None:
    now, writer = datetime.now(UTC), StateWriter(console.path / "state.db")
    writer.add_events([LoggedEvent(at=now, kind="worker", text=str(n)) for n in range(450)])
    writer.close()
    lines = console.do("multihome logs").splitlines()
    assert [line.split()[-1] for line in lines] == [str(n) for n in range(450)]


def test_hours_are_shown_with_what_was_measured(console: Console) -> None:
    console.do(PAPER)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    writer = StateWriter(console.path / "state.db")
    writer.add_samples(
        [
            Sample(ipv4(1), hour, 10, 0.0, 2e6, 1e6),
            Sample(ipv4(1), hour + timedelta(minutes=1), 20),
            Sample(ipv4(9), hour),
        ]
    )
    writer.close()
    first, second = console.do("multihome history").splitlines()
    assert first == f"{hour:%Y-%m-%d %H:%M} UTC  ISP 1  15.0 ms, 0.0 % lost, 2.0 Mbit/s in, 1.0 Mbit/s out"
    assert second.endswith("gateway 9  nothing measured")
    assert json.loads(console.do("multihome history --json").splitlines()[0])["rtt_ms"] == 15


@pytest.mark.parametrize("text", ["2", "h", "-1h", "2y", "999999w", "1h30m"])
def test_what_is_no_time_is_refused(console: Console, text: str) -> None:
    assert "is not a time like 30m, 2h, 7d" in console.refused(f"multihome logs --since={text}")
