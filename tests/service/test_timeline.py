"""One timeline out of two databases, also where strangers have written most of one of them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.model.status import Event, EventKind
from app.paths import StateDirectory
from app.service.audit import note
from app.service.configuration import Author, Origin
from app.service.timeline import Entry, Topic, timeline
from app.store.files import writing
from app.store.state import StateWriter

FAILED = 6_000
QUIET = frozenset(Topic) - {Topic.ACCESS}


@pytest.fixture
def attacked(home: StateDirectory) -> StateDirectory:
    """Something happened of each kind, and then somebody tried very many passwords."""
    now = datetime.now(UTC)
    writer = StateWriter(home.state_db)
    kinds = (EventKind.VERDICT, EventKind.DRIFT, EventKind.VERDICT)
    events = [Event(at=now - timedelta(hours=n), kind=kind, text=f"{kind} {n}") for n, kind in enumerate(kinds, 1)]
    writer.add_events(reversed(events))
    writer.close()
    with writing(home.config_db) as connection:
        note(connection, Author("admin", Origin.PANEL), "configuration", "weights changed")
        for _ in range(FAILED):
            note(connection, Author("root", Origin.PANEL, "192.0.2.1"), "login failed", "failed login as root")
    return home


def texts(home: StateDirectory, *topics: Topic, cursor: str = "") -> list[str]:
    return [one.text for one in timeline(home, limit=8, topics=frozenset(topics), cursor=cursor).entries]


def test_however_many_logins_failed_the_last_events_are_found(attacked: StateDirectory) -> None:
    assert texts(attacked, *QUIET) == ["weights changed", "verdict 1", "drift 2", "verdict 3"]
    assert texts(attacked, Topic.CONFIGURATION) == ["weights changed"]
    assert texts(attacked, Topic.DRIFT) == ["drift 2"]
    assert texts(attacked, Topic.WORKER) == []
    assert texts(attacked, Topic.ACCESS) == ["failed login as root"] * 8


@pytest.mark.parametrize("topics", [frozenset(Topic), QUIET, frozenset({Topic.ISPS}), frozenset({Topic.ACCESS})])
def test_page_by_page_it_is_the_same_as_at_once(attacked: StateDirectory, topics: frozenset[Topic]) -> None:
    whole = timeline(attacked, limit=200, topics=topics)
    found: list[Entry] = []
    cursor = ""
    while len(found) < len(whole.entries):
        page = timeline(attacked, limit=1, topics=topics, cursor=cursor)
        found += page.entries
        cursor = page.older or ""
    assert found == list(whole.entries)
    assert (cursor == "") is (whole.older is None)
