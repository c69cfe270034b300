"""Every kind of event says all that faces need, and whatever the program raises is one of them."""

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from ipaddress import IPv4Address
from pathlib import Path
from types import UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from app.model.events import kinds
from app.model.events.event import KINDS, AuditEvent, Event, Severity, Topic, WorkerEvent, kind_of
from app.model.verdict import State

ROOT = Path(__file__).parents[3]
ICONS = set(re.findall(r'name == "([a-z-]+)"', (ROOT / "templates/macros/icons.html").read_text()))
AT = datetime(2026, 3, 1, tzinfo=UTC)


def family(base: type[Event]) -> Iterator[type[Event]]:
    """The classes of that module: another test may have made one more."""
    for one in base.__subclasses__():
        if getattr(kinds, one.__name__, None) is one:
            yield one
        yield from family(one)


def kind_classes() -> list[type[Event]]:
    return list(dict.fromkeys(one for one in family(Event) if one not in {WorkerEvent, AuditEvent}))


CLASSES = kind_classes()


def sample(hint: object) -> object:
    """Something that a field of this type can hold."""
    known: dict[object, object] = {
        str: "word", int: 3, float: 1.5, bool: True, State: State.DOWN, date: AT.date(), datetime: AT,
        tuple[str, ...]: ("dsl", "cable"), IPv4Address: IPv4Address("192.0.2.7"),
    }  # fmt: skip
    if hint in known:
        return known[hint]
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    assert isinstance(hint, UnionType), hint
    return None


def event(kind: type[Event]) -> Event:
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name not in Event.__annotations__}
    return kind(**{name: sample(hint) for name, hint in hints.items()})


def test_the_kinds_of_version_0_1_have_the_names_that_its_rows_have() -> None:
    assert {"verdict", "failover", "drift", "revision", "worker", "rejected"} <= {
        name for name, kind in KINDS.items() if issubclass(kind, WorkerEvent)
    }
    assert {
        "configuration", "confirmation", "login", "logout", "login failed", "password", "password failed", "user",
        "token", "certificate", "restore", "set-up",
    } <= {name for name, kind in KINDS.items() if issubclass(kind, AuditEvent)}  # fmt: skip


@pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
def test_every_kind_is_registered_and_has_words_topic_severity_and_an_icon_that_is_drawn(kind: type[Event]) -> None:
    registered = KINDS[kind.kind]
    assert (registered.topic, registered.icon, registered.severity) == (kind.topic, kind.icon, kind.severity)
    assert (registered.opening, registered.deed) == (kind.opening, kind.deed)
    assert isinstance(kind.topic, Topic)
    assert isinstance(kind.severity, Severity)
    assert kind.icon in ICONS
    assert inspect.getdoc(kind)
    if kind is kinds.FailoverEvent:
        return  # what its sub-classes share
    said = event(kind)
    logged = said.logged(AT)
    assert (logged.text or kind.deed) == (said.text or kind.deed) != ""
    assert "{" not in logged.text
    assert "0x" not in logged.text
    assert logged.icon in ICONS
    assert (logged.kind, logged.topic) == (kind.kind, kind.topic)


@pytest.mark.parametrize("base", [WorkerEvent, AuditEvent])
def test_what_an_unknown_kind_is_shown_as_is_drawn(base: type[Event]) -> None:
    assert kind_of("comet", "" if base is WorkerEvent else "api") is base
    assert base.icon in ICONS


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        if path.parent.name != "events":
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def test_every_kind_is_raised_somewhere_and_none_is_made_anywhere_else() -> None:
    names = {one.__name__ for one in CLASSES}
    raised: set[str] = set()
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases = {ast.unparse(one).rpartition(".")[2] for one in node.bases}
                assert not bases & (names | {"Event", "WorkerEvent", "AuditEvent"}), f"{path}: {node.name}"
            if isinstance(node, ast.Name) and node.id in names:
                raised.add(node.id)
            # Only rows of the audit become lines of the event log without a class: they were raised by one.
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "LoggedEvent":
                assert path == "app/store/audit.py"
    assert raised == names - {"FailoverEvent"}


def test_nothing_asks_for_a_kind_by_its_name() -> None:
    """A comparison with the name of a kind is where a chain of special cases begins."""
    for path, tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Compare(left=ast.Attribute(attr="kind" | "action"), comparators=[ast.Constant(value=word)]):
                    assert word not in KINDS, f"{path}, line {node.lineno}"
                case ast.Match(subject=ast.Attribute(attr="kind" | "action"), cases=cases):
                    words = {
                        one.value for case in cases for one in ast.walk(case.pattern) if isinstance(one, ast.Constant)
                    }
                    assert not words & KINDS.keys(), f"{path}, line {node.lineno}"
                case _:
                    pass
