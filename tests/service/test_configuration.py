"""Saving: one transaction, one revision, one line in the audit, one knock at the worker's door."""

import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from app.errors import Conflict, InvalidConfig, StoreUnavailable
from app.model.config import EMPTY, Config
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin, Saved
from app.service.edits.gateways import add_gateway, change_gateway
from app.service.edits.interfaces import add_address, edit_address
from app.store.files import reading
from app.store.reader import last_confirmed, read_head, read_revision
from tests.service.machine import BLANK, paper_config

ANA = Author("ana", Origin.CONSOLE, "192.0.2.7")


def change(home: StateDirectory, edit: Callable[[Config], Config], expected: int | None = None) -> Saved:
    return Configuration(home).change(edit, facts=BLANK, author=ANA, note="a test", expected=expected)


def whole(home: StateDirectory) -> list[str]:
    """Everything in the database, as SQL: what must not change when a change is refused."""
    with reading(home.config_db) as connection:
        return list(connection.iterdump())


def test_a_change_is_the_next_revision_and_the_old_one_stays(home: StateDirectory) -> None:
    first = change(home, lambda _: paper_config())
    second = change(home, lambda config: change_gateway(config, 1, {"weight": 3}))
    assert (first.after.number, second.before, second.after.number) == (1, first.after, 2)
    assert read_head(home.config_db) == second.after
    assert read_revision(home.config_db, 1).config == paper_config()


def test_a_revision_from_the_console_is_confirmed_from_the_start(home: StateDirectory) -> None:
    saved = change(home, lambda _: paper_config())
    assert last_confirmed(home.config_db) == saved.after


def test_a_change_that_changes_nothing_makes_no_revision(home: StateDirectory) -> None:
    change(home, lambda _: paper_config())
    before = whole(home)
    saved = change(home, lambda config: change_gateway(config, 1, {"weight": 1}))
    assert (saved.changed, saved.after.number) == (False, 1)
    assert whole(home) == before


def test_who_what_when_and_from_where_is_written_down(home: StateDirectory) -> None:
    change(home, lambda _: paper_config())
    with reading(home.config_db) as connection:
        row = connection.execute("SELECT actor, origin, address, action, detail, revision FROM audit").fetchall()
        revision = connection.execute("SELECT author, origin, note FROM revision").fetchall()
    assert row == [("ana", "console", "192.0.2.7", "configuration", "a test", 1)]
    assert revision == [("ana", "console", "a test")]


REFUSED: list[tuple[Callable[[Config], Config], str]] = [
    (lambda c: add_gateway(c, BLANK, {"address": "9.9.9.9", "interface": "eth1"}), "gateways.3.ipv4.address"),
    (lambda c: change_gateway(c, 1, {"weight": 0}), "gateways.1.weight"),
    (lambda c: add_gateway(c, BLANK, {"address": "192.168.1.2"}), "gateways.3.ipv4.address"),
    (lambda c: edit_address(c, BLANK, "eth0", "192.168.1.2/24"), "interfaces.eth0.addresses"),
    (lambda c: change_gateway(c, 2, {"name": "x" * 300}), "gateways.2.name"),
    (lambda c: edit_address(c, BLANK, "eth9", "10.9.0.1/24"), "interfaces.eth9.name"),
    (lambda c: add_gateway(c, BLANK, {"address": "10.9.0.2", "interface": "eth9"}), "gateways.3.interface"),
    (lambda c: edit_address(c, BLANK, "eth1", "10.9.0.1/24"), "gateways.1.ipv4.address"),
    (lambda c: replace(c, gateways=c.gateways * 2), "gateways.1.number"),
]


@pytest.mark.parametrize(("edit", "field"), REFUSED)
def test_what_is_refused_names_its_field_and_changes_nothing(
    home: StateDirectory, edit: Callable[[Config], Config], field: str
) -> None:
    change(home, lambda _: paper_config())
    before = whole(home)
    with pytest.raises(InvalidConfig) as caught:
        change(home, edit)
    assert field in {error.field for error in caught.value.errors}
    assert whole(home) == before


def test_a_change_made_for_an_older_revision_is_a_conflict(home: StateDirectory) -> None:
    change(home, lambda _: paper_config())
    change(home, lambda config: change_gateway(config, 1, {"weight": 3}), expected=1)
    before = whole(home)
    with pytest.raises(Conflict, match="now at revision 2; this change is based on 1"):
        change(home, lambda config: change_gateway(config, 1, {"weight": 5}), expected=1)
    assert whole(home) == before


def test_two_at_once_lose_nothing(home: StateDirectory) -> None:
    def add(number: int) -> None:
        change(home, lambda config: add_address(config, BLANK, "eth0", f"10.{number}.0.1/24"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(1, 25)))
    head = read_head(home.config_db)
    interface = head.config.interface("eth0")
    assert interface is not None
    assert (head.number, len(interface.addresses)) == (24, 24)


def test_of_two_at_once_for_the_same_revision_one_is_a_conflict(home: StateDirectory) -> None:
    change(home, lambda _: paper_config())
    together = threading.Barrier(2)

    def weigh(weight: int) -> str:
        together.wait()
        try:
            change(home, lambda config: change_gateway(config, 1, {"weight": weight}), expected=1)
        except Conflict:
            return "conflict"
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(weigh, (7, 9))) == ["conflict", "saved"]
    assert read_head(home.config_db).number == 2


def test_without_a_database_nothing_is_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = StateDirectory(tmp_path_factory.mktemp("empty"))
    with pytest.raises(StoreUnavailable, match="multihome migrate"):
        change(home, lambda _: EMPTY)
    assert list(home.path.iterdir()) == []


def test_the_worker_is_woken_after_the_revision_is_there(home: StateDirectory) -> None:
    heard: list[tuple[object, int]] = []

    def listen(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as line:
            heard.append((json.loads(line.readline()), read_head(home.config_db).number))
            with suppress(OSError):  # whoever saves waits a tenth of a second for this, and no longer
                connection.sendall(b'{"ok": true}\n')

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(home.worker_sock))
        listening.listen()
        worker = threading.Thread(target=listen, args=(listening,))
        worker.start()
        change(home, lambda _: paper_config())
        worker.join(5)
    assert heard == [({"command": "wake"}, 1)]
