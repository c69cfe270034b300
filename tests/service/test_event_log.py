"""One event log out of two databases, also where strangers have written most of one of them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.model.events.event import LoggedEvent, Topic, Wanted
from app.model.events.kinds import ConfigurationSaved, LoginFailed
from app.paths import StateDirectory
from app.service.audit import note
from app.service.configuration import Author, Origin
from app.service.event_log import event_log
from app.store.files import writing
from app.store.state import StateWriter
from tests.store.databases import by_force

FAILED = 6_000
QUIET = frozenset(Topic) - {Topic.ACCESS}


@pytest.fixture
def attacked(home: StateDirectory) -> StateDirectory:
    """Something happened of each kind, and then somebody tried very many passwords."""
    now = datetime.now(UTC)
    writer = StateWriter(home.state_db)
    kinds = ("verdict", "drift", "verdict")
    events = [
        LoggedEvent(at=now - timedelta(hours=n), kind=kind, text=f"{kind} {n}") for n, kind in enumerate(kinds, 1)
    ]
    writer.add_events(reversed(events))
    writer.close()
    with writing(home.config_db) as connection:
        note(connection, Author("admin", Origin.PANEL), ConfigurationSaved("weights changed"))
        for _ in range(FAILED):
            note(connection, Author("root", Origin.PANEL, "192.0.2.1"), LoginFailed("root"))
    return home


def texts(home: StateDirectory, *topics: Topic, cursor: str = "") -> list[str]:
    return [one.text for one in event_log(home, limit=8, wanted=Wanted(frozenset(topics)), cursor=cursor).events]


def test_however_many_logins_failed_the_last_events_are_found(attacked: StateDirectory) -> None:
    assert texts(attacked, *QUIET) == ["weights changed", "verdict 1", "drift 2", "verdict 3"]
    assert texts(attacked, Topic.CONFIGURATION) == ["weights changed"]
    assert texts(attacked, Topic.DRIFT) == ["drift 2"]
    assert texts(attacked, Topic.WORKER) == []
    assert texts(attacked, Topic.ACCESS) == ["failed login as root"] * 8


@pytest.mark.parametrize("topics", [frozenset(Topic), QUIET, frozenset({Topic.ISPS}), frozenset({Topic.ACCESS})])
def test_page_by_page_it_is_the_same_as_at_once(attacked: StateDirectory, topics: frozenset[Topic]) -> None:
    whole = event_log(attacked, limit=200, wanted=Wanted(topics))
    found: list[LoggedEvent] = []
    cursor = ""
    while len(found) < len(whole.events):
        page = event_log(attacked, limit=1, wanted=Wanted(topics), cursor=cursor)
        found += page.events
        cursor = page.older or ""
    assert found == list(whole.events)
    assert (cursor == "") is (whole.older is None)


def test_kinds_of_another_version_are_found_where_they_were_written(attacked: StateDirectory) -> None:
    """The worker's under Worker, people's under Access; under no topic of a kind that is known."""
    with by_force(attacked.state_db) as connection:
        connection.execute("UPDATE event SET kind = 'comet', body = json_set(body, '$.kind', 'comet') WHERE id = 3")
    with by_force(attacked.config_db) as connection:
        connection.execute("UPDATE audit SET action = 'prayer', detail = '' WHERE id = (SELECT max(id) FROM audit)")
    assert texts(attacked, Topic.WORKER) == ["verdict 1"]
    assert texts(attacked, Topic.ISPS) == ["verdict 3"]
    assert texts(attacked, Topic.DRIFT) == ["drift 2"]
    assert texts(attacked, Topic.ACCESS)[:2] == ["root prayer", "failed login as root"]
    assert texts(attacked, *Topic)[:1] == ["root prayer"]
    assert texts(attacked, *QUIET) == ["weights changed", "verdict 1", "drift 2", "verdict 3"]


def test_what_version_0_1_noted_without_words_is_told_in_words(home: StateDirectory) -> None:
    with by_force(home.config_db) as connection:
        insert = "INSERT INTO audit (at, actor, origin, address, action, detail) VALUES (?, 'ana', 'panel', '', ?, '')"
        for action in ("login", "logout", "login failed"):
            connection.execute(insert, (datetime.now(UTC).isoformat(), action))
    assert texts(home, Topic.ACCESS) == ["ana tried to log in and failed", "ana ended a session", "ana logged in"]


def test_events_of_one_isp_and_of_some_days_are_found(attacked: StateDirectory) -> None:
    writer = StateWriter(attacked.state_db)
    now = datetime.now(UTC)
    writer.add_events([LoggedEvent(at=now, kind="verdict", text="DIGI is down", number=2)])
    writer.close()

    def found(wanted: Wanted) -> list[str]:
        return [one.text for one in event_log(attacked, limit=8, wanted=wanted).events]

    assert found(Wanted(gateway=2)) == ["DIGI is down"]
    assert found(Wanted(gateway=1)) == []
    isps = frozenset({Topic.ISPS})
    assert found(Wanted(isps, since=now - timedelta(hours=2))) == ["DIGI is down", "verdict 1"]
    assert found(Wanted(isps, since=now - timedelta(hours=4), until=now - timedelta(hours=2))) == ["verdict 3"]
    assert found(Wanted(frozenset({Topic.CONFIGURATION}), until=now - timedelta(hours=1))) == []
