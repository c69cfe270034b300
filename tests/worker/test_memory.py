"""What the worker remembers, through everything that can happen to state.db."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.model.events.event import LoggedEvent
from app.store.history import read_confirmed, read_events, read_in_force, read_owned_tables, read_sysctls_before
from app.store.reader import Revision
from app.worker import clock
from app.worker.memory import Memory
from tests.plan import paper

IN_FORCE, CONFIRMED = Revision(7, paper.config()), Revision(5, paper.config())


def delete(path: Path) -> None:
    path.unlink()


def delete_all_of_it(path: Path) -> None:
    for one in path.parent.glob("state.db*"):
        one.unlink()


def empty(path: Path) -> None:
    os.truncate(path, 0)


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scribble(path: Path) -> None:
    path.write_bytes(b"no database " * 5000)


def replace(path: Path) -> None:
    other = path.with_name("other")
    sqlite3.connect(other).close()
    other.write_bytes(b"")
    other.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def with_memory(path: Path, act: Callable[[Memory], None]) -> None:
    """Open, act, and close again, so that everything is written."""

    async def whole() -> None:
        memory = Memory(path)
        memory.open()
        act(memory)
        await memory.close()

    asyncio.run(whole())


def learn(memory: Memory) -> None:
    at = clock.now().wall
    memory.own_table(241)
    memory.remember_sysctl("net/ipv4/ip_forward", "0", at)
    memory.remember_in_force(IN_FORCE, at)
    memory.remember_confirmed(CONFIRMED, at)
    say(memory, "before")


def say(memory: Memory, text: str) -> None:
    memory.add_event(LoggedEvent(at=clock.now().wall, kind="worker", text=text))


def written(memory: Memory) -> None:
    """Return when all that was asked for so far is in the file."""
    memory._thread.submit(lambda: None).result()


@pytest.mark.parametrize("harm", [delete, delete_all_of_it, replace, empty, halve])
def test_a_file_that_is_lost_gets_back_what_matters_and_says_so_once(path: Path, harm: Callable[[Path], None]) -> None:
    news: list[str] = []

    def act(memory: Memory) -> None:
        learn(memory)
        written(memory)
        harm(path)
        for number in range(3):
            say(memory, f"after {number}")
        written(memory)
        news.extend(memory.news())

    with_memory(path, act)
    assert read_owned_tables(path) == {241}
    assert read_sysctls_before(path) == {"net/ipv4/ip_forward": "0"}
    assert (read_in_force(path), read_confirmed(path)) == (IN_FORCE, CONFIRMED)
    assert [one.event.text for one in read_events(path)] == ["after 2", "after 1", "after 0"]
    assert len(news) == 1
    assert news[0].startswith("the history starts over, state.db was created again: it was ")


def test_a_file_that_is_scribbled_over_costs_no_more_than_history(path: Path) -> None:
    def act(memory: Memory) -> None:
        learn(memory)
        written(memory)
        scribble(path)
        say(memory, "after")

    with_memory(path, act)
    with_memory(path, lambda memory: say(memory, "much later"))
    assert read_owned_tables(path) == {241}
    assert (read_in_force(path), read_confirmed(path)) == (IN_FORCE, CONFIRMED)
    assert [one.event.text for one in read_events(path)][:2] == ["much later", "after"]


def test_a_lost_file_is_made_again_while_there_is_nothing_to_write(path: Path) -> None:
    def act(memory: Memory) -> None:
        learn(memory)
        written(memory)
        delete(path)
        memory.check()

    with_memory(path, act)
    assert read_in_force(path) == IN_FORCE


def test_a_file_that_is_damaged_when_it_is_opened_is_told_of(path: Path) -> None:
    scribble(path)
    news: list[str] = []

    def act(memory: Memory) -> None:
        say(memory, "first")
        written(memory)
        news.extend(memory.news())

    with_memory(path, act)
    assert news == ["the history starts over, state.db was created again: it was damaged"]


def test_a_new_file_is_nothing_to_tell_of(path: Path) -> None:
    news: list[str] = []

    def act(memory: Memory) -> None:
        learn(memory)
        written(memory)
        news.extend(memory.news())

    with_memory(path, act)
    assert news == []
