from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import InvalidConfig, StoreUnavailable
from app.paths import StateDirectory
from app.service.audit import read_audit
from app.service.configuration import Author, Origin
from app.service.sessions import Sessions
from app.service.users import Users

ANA = Author("ana", Origin.PANEL, "192.168.1.50")


def test_the_first_user_is_made_once(home: StateDirectory) -> None:
    users = Users(home)
    assert not users.exist()
    made = users.create_first("  admin ", "hash", ANA)
    assert (made.name, users.find("admin"), users.names()) == ("admin", made, ("admin",))
    with pytest.raises(InvalidConfig, match="already has an administrator"):
        users.create_first("mallory", "hash", ANA)
    assert users.names() == ("admin",)


def test_of_two_who_try_at_once_one_is_first(home: StateDirectory) -> None:
    def attempt(name: str) -> bool:
        try:
            Users(home).create_first(name, "hash", ANA)
        except InvalidConfig:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, ["a", "b", "c", "d"])) == [False, False, False, True]


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\nb", "a\x00b"])
def test_a_name_is_short_and_all_of_it_can_be_seen(home: StateDirectory, name: str) -> None:
    with pytest.raises(InvalidConfig, match="1 to 64 characters"):
        Users(home).create_first(name, "hash", ANA)


def test_a_new_password_ends_every_session_of_its_user_and_says_so(home: StateDirectory) -> None:
    users, sessions = Users(home), Sessions(home)
    user = users.create_first("admin", "old", ANA)
    tokens = [sessions.open(user, ANA, "a browser") for _ in range(3)]
    users.set_password("admin", "new", ANA)
    found = users.find("admin")
    assert found is not None
    assert found.password_hash == "new"
    assert [sessions.find(token) for token in tokens] == [None, None, None]
    assert read_audit(home)[0].event.text == "password of admin changed; all sessions of this user ended"


def test_nobody_gets_the_password_of_somebody_who_is_not_there(home: StateDirectory) -> None:
    Users(home).create_first("admin", "old", ANA)
    with pytest.raises(InvalidConfig, match=r"there is no user ana \(known: admin\)"):
        Users(home).set_password("ana", "new", ANA)


def test_without_a_database_there_is_nobody_to_ask(home: StateDirectory) -> None:
    home.config_db.unlink()
    with pytest.raises(StoreUnavailable):
        Users(home).exist()
