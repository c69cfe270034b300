from datetime import UTC, datetime, timedelta

import pytest

from app.errors import StoreUnavailable
from app.paths import StateDirectory
from app.service import sessions as module
from app.service.audit import read_audit
from app.service.configuration import Author, Origin
from app.service.sessions import IDLE, LONGEST, MOST_PER_USER, Sessions
from app.service.users import Users
from app.store.files import reading, writing
from app.store.people import User

ANA = Author("admin", Origin.PANEL, "192.168.1.50")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def user(home: StateDirectory) -> User:
    return Users(home).create_first("admin", "hash", ANA)


def last_used_in_the_file(home: StateDirectory) -> datetime:
    with reading(home.config_db) as connection:
        return datetime.fromisoformat(connection.execute("SELECT last_used_at FROM session").fetchone()[0])


def test_a_cookie_is_256_random_bits_and_only_their_hash_is_kept(home: StateDirectory, user: User) -> None:
    sessions = Sessions(home)
    first, second = (sessions.open(user, ANA, "a browser", START) for _ in range(2))
    assert first != second
    assert len(first) == 43
    for path in home.path.glob("config.db*"):
        assert first.encode() not in path.read_bytes()
    found = sessions.find(first, START)
    assert found is not None
    assert (found.user, found.address, found.user_agent) == ("admin", "192.168.1.50", "a browser")


@pytest.mark.parametrize("cookie", ["", "x" * 43, "x" * 10_000, "' OR 1=1 --" * 4, "\x00" * 43, "\ud800" * 30])
def test_another_cookie_is_nobodys(home: StateDirectory, user: User, cookie: str) -> None:
    sessions = Sessions(home)
    sessions.open(user, ANA, "")
    assert sessions.find(cookie) is None


def test_it_ends_when_it_is_idle_and_when_it_is_old(home: StateDirectory, user: User) -> None:
    sessions = Sessions(home)
    token = sessions.open(user, ANA, "", START)
    assert sessions.find(token, START + IDLE) is not None
    assert sessions.find(token, START + IDLE + SECOND) is None
    at = START
    while at < START + LONGEST - IDLE:
        at += IDLE
        session = sessions.find(token, at)
        assert session is not None
        sessions.use(session, at)
    assert sessions.find(token, START + LONGEST) is not None
    assert sessions.find(token, START + LONGEST + SECOND) is None


def test_its_last_use_is_known_at_once_and_written_once_a_minute(home: StateDirectory, user: User) -> None:
    sessions = Sessions(home)
    token = sessions.open(user, ANA, "", START)
    written = []
    for seconds in range(0, 300, 10):
        now = START + seconds * SECOND
        session = sessions.find(token, now)
        assert session is not None
        sessions.use(session, now)
        assert sessions.of("admin", now)[0].last_used_at == now
        written.append(last_used_in_the_file(home))
    assert sorted(set(written)) == [START + minute * timedelta(minutes=1) for minute in range(5)]


def test_a_session_in_constant_use_outlives_a_restart_of_the_panel(home: StateDirectory, user: User) -> None:
    sessions = Sessions(home)
    token = sessions.open(user, ANA, "", START)
    now = START
    while now < START + 2 * IDLE:
        now += 20 * SECOND
        session = sessions.find(token, now)
        assert session is not None
        sessions.use(session, now)
    assert Sessions(home).find(token, now + IDLE - timedelta(minutes=1)) is not None


def test_a_full_disk_costs_the_note_and_not_the_session(
    home: StateDirectory, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions, tried = Sessions(home), []
    token = sessions.open(user, ANA, "", START)

    def full(path: object) -> None:
        tried.append(path)
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(module, "writing", full)
    for seconds in range(60, 120, 10):
        session = sessions.find(token, START + seconds * SECOND)
        assert session is not None
        sessions.use(session, START + seconds * SECOND)
    assert sessions.of("admin", START + 120 * SECOND)[0].last_used_at == START + 110 * SECOND
    assert len(tried) == 1


def test_a_session_from_the_future_is_over(home: StateDirectory, user: User) -> None:
    """Somebody logged in while the clock was a year ahead; it was set right since."""
    sessions = Sessions(home)
    token = sessions.open(user, ANA, "", START + timedelta(days=365))
    assert sessions.find(token, START) is None
    assert sessions.of("admin", START) == ()
    later = sessions.open(user, ANA, "", START + 50 * SECOND)
    assert sessions.find(later, START) is not None
    used = sessions.find(later, START + 50 * SECOND)
    assert used is not None
    sessions.use(used, START + timedelta(hours=1))
    assert sessions.find(later, START + 50 * SECOND) is None


def test_only_its_own_user_can_end_a_session(home: StateDirectory, user: User) -> None:
    with writing(home.config_db) as connection:
        connection.execute(
            "INSERT INTO user (name, password_hash, created_at, password_changed_at) VALUES ('ben', 'x', ?, ?)",
            (START.isoformat(), START.isoformat()),
        )
    sessions = Sessions(home)
    token = sessions.open(user, ANA, "")
    number = sessions.of("admin")[0].id
    sessions.end(number, "ben", Author("ben", Origin.PANEL))
    assert sessions.find(token) is not None
    sessions.end(number, "admin", ANA)
    assert sessions.find(token) is None
    assert [one.event.kind for one in read_audit(home)] == ["logout", "login", "user"]


def test_their_number_is_bounded_and_the_least_used_goes(home: StateDirectory, user: User) -> None:
    sessions = Sessions(home)
    tokens = [sessions.open(user, ANA, "", START + number * SECOND) for number in range(MOST_PER_USER + 3)]
    alive = [sessions.find(token, START + timedelta(minutes=1)) is not None for token in tokens]
    assert alive == [False] * 3 + [True] * MOST_PER_USER
