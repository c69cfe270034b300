"""What is kept of an event, and what another version has kept."""

from datetime import UTC, datetime

import pytest

from app.model.events import event as machinery
from app.model.events.event import (
    KINDS,
    LOGGED,
    LONGEST_TEXT,
    AuditEvent,
    LoggedEvent,
    Severity,
    Topic,
    WorkerEvent,
    kinds_about,
)
from app.model.events.kinds import FlowsMoved, VerdictChanged
from app.model.verdict import Layer, State

AT = datetime(2026, 3, 1, tzinfo=UTC)


def told(text: str) -> LoggedEvent:
    return LoggedEvent(at=AT, kind="drift", text=text, actor=text)


def test_a_text_too_long_for_the_event_log_is_cut_short_and_says_so() -> None:
    event = told("route, " * LONGEST_TEXT)
    assert len(event.text) == len(event.actor) == LONGEST_TEXT
    assert event.text.startswith("route, route, ")
    assert event.text.endswith("…")


def test_a_text_that_fits_is_told_whole() -> None:
    assert told("x" * LONGEST_TEXT).text == "x" * LONGEST_TEXT


def test_what_an_event_knows_is_kept_beside_its_words() -> None:
    down = VerdictChanged("ISP 2", 2, State.DOWN, "no reply from 10.0.0.3", Layer.ICMP, 1900.5)
    assert down.logged(AT) == LoggedEvent(
        at=AT,
        kind="verdict",
        text="ISP 2 is down: no reply from 10.0.0.3",
        number=2,
        layer="icmp",
        detected_ms=1900.5,
        severity=Severity.BAD,
    )
    moved = FlowsMoved("ISP 2", 2, 12, 1, switched_ms=4).logged(AT)
    assert (moved.text, moved.flows_moved, moved.flows_told, moved.switched_ms, moved.severity) == (
        "failed over from ISP 2: 12 flows moved, 1 TCP connection reset", 12, 1, 4.0, Severity.NOTICE,
    )  # fmt: skip


def test_what_is_kept_comes_back_the_same_and_what_can_be_derived_is_not_kept() -> None:
    event = FlowsMoved("ISP 2", 2, 12, 1, switched_ms=4).logged(AT)
    body = LOGGED.dump_json(event, exclude_defaults=True, round_trip=True)
    assert b"topic" not in body
    assert LOGGED.validate_json(body) == event
    assert LOGGED.dump_python(event)["topic"] is Topic.ISPS


# Rows as version 0.1 wrote them: all fields, and no severity.
OLD = (
    '{"at":"2026-03-01T00:00:00Z","kind":"%s","text":"%s","number":2,"layer":null,"actor":"","revision":null,'
    '"detected_ms":null,"switched_ms":null,"flows_moved":null,"flows_told":null}'
)


@pytest.mark.parametrize(
    ("kind", "text", "severity", "topic", "icon"),
    [
        ("verdict", "ISP 2 is down: no carrier on eth2", Severity.BAD, Topic.ISPS, "down"),
        ("verdict", "ISP 2 is up", Severity.GOOD, Topic.ISPS, "up"),
        ("verdict", "ISP 2 is unknown: it has another address", Severity.WARNING, Topic.ISPS, "warning"),
        ("verdict", "ISP 2 is down again: no carrier on eth2", Severity.NOTICE, Topic.ISPS, "isp"),
        ("failover", "connections avoid ISP 2: 1 flow moved", Severity.NOTICE, Topic.ISPS, "failover"),
        ("drift", "repaired: ip rule add", Severity.WARNING, Topic.DRIFT, "warning"),
        ("rejected", "table 243 is not ours", Severity.WARNING, Topic.CONFIGURATION, "warning"),
        ("revision", "revision 2 is in force", Severity.INFO, Topic.CONFIGURATION, "edit"),
        ("worker", "the worker has started", Severity.INFO, Topic.WORKER, "worker"),
    ],
)
def test_what_version_0_1_kept_is_shown_as_it_was(
    kind: str, text: str, severity: Severity, topic: Topic, icon: str
) -> None:
    event = LOGGED.validate_json(OLD % (kind, text))
    assert (event.text, event.number, event.severity, event.topic, event.icon) == (text, 2, severity, topic, icon)


@pytest.mark.parametrize(
    ("origin", "topic", "icon"), [("", Topic.WORKER, "worker"), ("panel", Topic.ACCESS, "key")], ids=["seen", "done"]
)
@pytest.mark.parametrize("severity", ["cosmic", None, 7, ["bad"]])
def test_a_kind_that_only_another_version_knows_is_plain_text(
    origin: str, topic: Topic, icon: str, severity: object
) -> None:
    body = {"at": "2026-03-01T00:00:00Z", "kind": "comet", "text": "a comet", "origin": origin}
    event = LOGGED.validate_python({**body, "severity": severity, "tail_km": 3, "layer": "ether"})
    assert (event.headline, event.severity, event.topic, event.icon) == ("a comet", Severity.INFO, topic, icon)


def test_a_newer_kind_keeps_a_severity_that_is_known() -> None:
    event = LOGGED.validate_python({"at": AT, "kind": "comet", "text": "a comet", "severity": "bad"})
    assert (event.severity, event.icon) == (Severity.BAD, "down")


@pytest.mark.parametrize(
    ("kind", "text", "headline"),
    [
        ("failover", "failed over from dsl: 1 flow moved", "Failed over from dsl: 1 flow moved"),
        ("failover", "dsl answers again", "dsl answers again"),
        ("verdict", "revision is down", "revision is down"),
        ("drift", "repaired: ip rule add", "Repaired: ip rule add"),
        ("worker", "the worker has started", "The worker has started"),
        ("worker", "worker.sock cannot be made", "worker.sock cannot be made"),
        ("configuration", "addr edit eth0", "addr edit eth0"),
        ("user", 'administrator account "admin" created', 'Administrator account "admin" created'),
    ],
)
def test_our_own_words_begin_a_line_with_a_capital_and_names_stay_as_they_are(
    kind: str, text: str, headline: str
) -> None:
    assert LoggedEvent(at=AT, kind=kind, text=text).headline == headline


def test_every_topic_has_its_kinds_and_unknown_ones_are_in_one_of_them() -> None:
    for family in (WorkerEvent, AuditEvent):
        members = {name for name, kind in KINDS.items() if issubclass(kind, family)}
        assert kinds_about(frozenset(Topic), family) == machinery.ALL_KINDS
        for topic in Topic:
            found = kinds_about({topic}, family)
            assert found.others is (topic is family.topic)
            of_topic = {name for name in members if KINDS[name].topic is topic}
            assert set(found.names) == (members - of_topic if found.others else of_topic)


def test_a_new_kind_needs_its_class_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machinery, "KINDS", dict(KINDS))

    class AddressChanged(WorkerEvent, kind="address", topic=Topic.ISPS, icon="interfaces", severity=Severity.NOTICE):
        words = "{0.gateway} has another address: {0.address_now}"
        gateway: str
        number: int
        address_now: str

    event = AddressChanged("dsl", 2, "192.0.2.7").logged(AT)
    assert (event.text, event.kind, event.number) == ("dsl has another address: 192.0.2.7", "address", 2)
    assert (event.topic, event.icon, event.severity) == (Topic.ISPS, "interfaces", Severity.NOTICE)
    assert "address" in kinds_about({Topic.ISPS}, WorkerEvent).names


def test_a_misspelt_word_about_a_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="icn"):
        type("Misspelt", (WorkerEvent,), {}, icn="isp")
