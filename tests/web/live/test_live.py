"""The streams, over real sockets."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.model.events.event import LoggedEvent
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin
from app.service.confirming import Confirm
from app.service.edits.gateways import delete_gateway
from app.service.edits.settings import change_failover
from app.store.people import User
from app.web.live import fragments, streams
from app.web.panel import Panel
from app.web.rendering.templating import Templates
from tests.web.fake_worker import FakeWorker
from tests.web.happening import happen
from tests.web.person import Browser
from tests.web.running import Running, running_panel
from tests.web.streaming import opened
from tests.web.waiting import until


@pytest.fixture
def running(home: StateDirectory, two_isps: Configuration, templates: Templates) -> Iterator[Running]:
    with running_panel(home, templates) as running:
        until(lambda: running.panel.link.status is not None)
        yield running


@pytest.fixture
def cookie(running: Running, admin: User) -> dict[str, str]:
    token = running.panel.sessions.open(admin, Author("admin", Origin.PANEL), "a test")
    return {"Cookie": f"{running.panel.cookie}={token}"}


def test_a_change_is_sent_without_being_asked_for_and_only_what_changed(
    running: Running, worker: FakeWorker, cookie: dict[str, str]
) -> None:
    with opened(running, "/live?view=status", cookie) as stream:
        until(lambda: "Both ISPs are up" in stream.text)
        until(lambda: 'hx-target="#recent"' in stream.text)
        seen = len(stream.text)
        worker.break_gateway(2)
        until(lambda: "DIGI is down" in stream.text[seen:])
        assert 'hx-target="#cards"' in stream.text[seen:]
        assert 'hx-target="#recent"' not in stream.text[seen:]


def test_a_page_gets_its_own_parts_only(running: Running, cookie: dict[str, str]) -> None:
    with opened(running, "/live?view=other", cookie) as stream:
        until(lambda: "#freshness" in stream.text)
        assert "#cards" not in stream.text


def test_the_page_of_an_isp_gets_its_own_state_and_events(
    running: Running, worker: FakeWorker, cookie: dict[str, str], two_isps: Configuration
) -> None:
    with opened(running, "/live?view=isp&isp=2", cookie) as stream:
        until(lambda: "#isp" in stream.text and "#events" in stream.text)
        seen = len(stream.text)
        worker.break_gateway(2)
        until(lambda: "no reply from 10.0.0.3" in stream.text[seen:])
        assert "#cards" not in stream.text
        two_isps.change(
            lambda config: delete_gateway(config, 2), facts=worker.facts, author=Author("ana", Origin.CONSOLE), note=""
        )
        until(lambda: "This ISP was removed." in stream.text[seen:])


def test_silence_is_counted_by_the_second(running: Running, worker: FakeWorker, cookie: dict[str, str]) -> None:
    with opened(running, "/live?view=other", cookie) as stream:
        worker.stop()
        until(lambda: "The routing service has not reported for 3" in stream.text, 8)
        until(lambda: "The routing service has not reported for 4" in stream.text, 8)


def test_the_fourth_stream_of_a_session_ends_the_first(running: Running, cookie: dict[str, str]) -> None:
    path = "/live?view=other"
    with ExitStack() as stack:
        first, *others = [stack.enter_context(opened(running, path, cookie)) for _ in range(4)]
        until(first.ended.is_set)
        assert first.text.endswith("event: poll\ndata: poll\n\n")
        assert not any(one.ended.is_set() for one in others)


def test_a_session_that_ends_ends_its_streams(
    running: Running, cookie: dict[str, str], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RIGHT_CHECKED_EVERY_S", 0.1)
    with opened(running, "/live?view=other", cookie) as stream:
        until(lambda: stream.text)
        session = running.panel.sessions.of("admin")[0]
        running.panel.sessions.end(session.id, "admin", Author("admin", Origin.PANEL))
        until(stream.ended.is_set)
        assert "event: signed-out" in stream.text


def test_a_quiet_stream_is_kept_alive(
    running: Running, worker: FakeWorker, cookie: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_S", 0.2)
    # An event for the page, which hears of no comment and would believe the panel dead.
    with opened(running, "/live?view=other", cookie) as stream:
        until(lambda: "event: alive\ndata: alive\n\n" in stream.text)
    secret = running.panel.tokens.create("script", Author("admin", Origin.CONSOLE), read_only=True)
    worker.stop()  # it would speak every second, which is news
    with opened(running, "/api/v1/stream", {"Authorization": f"Bearer {secret}"}) as stream:
        until(lambda: ": alive\n\n" in stream.text)
        assert "event: alive" not in stream.text


def test_a_dashboard_on_which_only_figures_change_receives_less_than_a_kilobyte_a_second(
    running: Running, worker: FakeWorker, cookie: dict[str, str]
) -> None:
    with opened(running, "/live?view=status", cookie | {"Accept-Encoding": "gzip"}) as stream:
        until(lambda: 'hx-target="#cards"' in stream.text)
        before_bytes, before = stream.received_bytes, len(stream.text)
        for second in range(20):
            gateways = [
                replace(
                    one, rtt_ms=10.1 + second / 7, rx_bits_per_s=1e6 + 1234.5 * second, share_percent=40 + second / 3
                )
                for one in worker.status.gateways
            ]
            worker.say(replace(worker.status, gateways=tuple(gateways)))
            until(lambda second=second: stream.text.count('hx-target="#cards"') >= second + 2)  # type: ignore[misc]
        sent_bytes, shown = stream.received_bytes - before_bytes, len(stream.text) - before
        print(f"{shown / 20:.0f} characters a message in {sent_bytes / 20:.0f} bytes")
        assert shown / 20 > 4000
        assert sent_bytes / 20 <= 1000


def test_the_api_streams_status_and_events(running: Running, worker: FakeWorker) -> None:
    secret = running.panel.tokens.create("script", Author("admin", Origin.CONSOLE), read_only=True)
    with opened(running, "/api/v1/stream", {"Authorization": f"Bearer {secret}"}) as stream:
        until(lambda: "event: status" in stream.text)
        worker.tell(LoggedEvent(at=datetime.now(UTC), kind="drift", text="somebody\nwas <here>"))
        found = until(lambda: stream.text.partition("event: event\ndata: ")[2].partition("\n\n")[0])
        assert json.loads(found)["text"] == "somebody\nwas <here>"


def test_events_appear_on_their_page_as_they_happen_and_only_of_its_topic(
    running: Running, worker: FakeWorker, cookie: dict[str, str]
) -> None:
    with (
        opened(running, "/live?view=events", cookie) as everything,
        opened(running, "/live?view=events&topic=drift", cookie) as drift,
    ):
        until(lambda: "the paper&#39;s router" in everything.text and 'hx-target="#events"' in drift.text)
        happen(running, worker, "somebody deleted a rule")
        until(lambda: "somebody deleted a rule" in everything.text and "somebody deleted a rule" in drift.text)
        happen(running, worker, "the ISP fell", "verdict")
        until(lambda: "the ISP fell" in everything.text)
        running.panel.tokens.create("a new token", Author("ana", Origin.CONSOLE), read_only=True)
        until(lambda: "a new token" in everything.text)
        for text in ("the paper&#39;s router", "the ISP fell", "a new token"):
            assert text not in drift.text


def test_the_list_of_revisions_says_what_became_of_each_as_it_happens(
    running: Running, worker: FakeWorker, cookie: dict[str, str], two_isps: Configuration
) -> None:
    with opened(running, "/live?view=revisions", cookie) as stream:
        until(lambda: "Revision 1" in stream.text)
        assert "not confirmed yet" not in stream.text
        author = Author("ana", Origin.CONSOLE)
        two_isps.change(
            lambda config: change_failover(config, {"timing": {"hold_s": 77}}),
            facts=worker.facts,
            author=author,
            note="",
            confirm=Confirm(60),
        )
        until(lambda: "not confirmed yet" in stream.text)
        seen = len(stream.text)
        worker.give_back()
        until(lambda: "rolled back</span>" in stream.text[seen:])


def test_filters_that_come_from_outside_do_not_fill_the_memory(at_work: Browser, worker: FakeWorker) -> None:
    cache = at_work.client.app.state.fragments  # type: ignore[attr-defined]
    for day in range(1, 29):
        for month in range(1, 7):
            at_work.get(f"/live/now?view=events&from=2026-{month:02}-{day:02}")
    assert len(cache._rendered) <= fragments._MOST_KEPT
    assert len(cache._pages) <= fragments._MOST_KEPT


def test_the_last_events_of_the_home_page_do_not_wait_either(
    running: Running, worker: FakeWorker, cookie: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(running, "/live?view=status", cookie) as stream:
        until(lambda: 'hx-target="#recent"' in stream.text)
        monkeypatch.setattr(fragments, "_HISTORY_AGE_S", 60.0)
        happen(running, worker, "somebody deleted a rule")
        until(lambda: "somebody deleted a rule" in stream.text)


def test_the_databases_are_read_in_a_thread_and_only_when_there_is_something_new(
    at_work: Browser, worker: FakeWorker, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a return, when the newest revision is not the one that is in force."""
    reads = []
    read = fragments._read

    def counted(*known: Any) -> Any:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        reads.append(1)
        return read(*known)

    monkeypatch.setattr(fragments, "_read", counted)
    worker.follow = False
    at_work.fill_in("/isps/1", weight="5")
    worker.give_back()
    assert until(lambda: panel.link.status is not None and panel.link.status.returned is not None)
    monkeypatch.setattr(fragments, "_HISTORY_AGE_S", 60.0)
    at_work.get("/live/now?view=status")
    assert reads
    reads.clear()
    for _ in range(3):
        heard = panel.link.heard
        worker.say(worker.status)
        assert until(lambda: panel.link.heard > heard)  # noqa: B023 - called before the loop goes on
        assert "Revision 2 was rolled back" in at_work.get("/live/now?view=status").text
    assert reads == []
