"""state.db: what the worker writes is what panel and console read."""

import json
import os
import resource
import signal
import sqlite3
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from app.model.config import EMPTY
from app.model.countdown import OnTrial, Returned
from app.model.events.event import LoggedEvent, Topic, Wanted
from app.model.events.kinds import VerdictChanged
from app.model.verdict import Layer, State, Verdict
from app.store import state
from app.store.history import (
    StoredVerdict,
    read_confirmed,
    read_events,
    read_hours,
    read_in_force,
    read_in_force_since,
    read_interfaces_before,
    read_owned_tables,
    read_returned,
    read_samples,
    read_sysctls_before,
    read_trial,
    read_verdicts,
)
from app.store.reader import Revision
from app.store.state import StateWriter
from app.store.state_schema import Sample
from tests.legs import in_ipv4, ipv4, ipv6
from tests.plan import paper
from tests.store.databases import AT, by_force

BOOT = "3e9f5d0c-0000-4000-8000-000000000000"
UP = Verdict(state=State.UP, reason="link and address are there", since=AT, carries=True)
DOWN = Verdict(state=State.DOWN, reason="no reply from 10.0.0.3", since=AT, layer=Layer.ICMP)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def event(text: str, at: datetime = AT) -> LoggedEvent:
    return LoggedEvent(at=at, kind="failover", text=text, number=2, layer=Layer.CARRIER, switched_ms=1.5, flows_moved=7)


def test_it_is_made_for_the_group(path: Path) -> None:
    StateWriter(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_new_one_holds_nothing(path: Path) -> None:
    StateWriter(path).close()
    assert read_in_force(path) is None
    assert read_confirmed(path) is None
    assert read_verdicts(path) == ()
    assert read_events(path) == ()
    assert read_samples(path, AT) == ()
    assert read_sysctls_before(path) == {}
    assert read_owned_tables(path) == frozenset()


def test_without_a_file_there_is_no_history_to_read(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"state\.db"):
        read_events(path)


def test_the_revisions_come_back_whole(path: Path) -> None:
    writer = StateWriter(path)
    writer.remember_in_force(Revision(4, EMPTY), AT)
    writer.remember_in_force(Revision(5, paper.config()), AT)
    writer.remember_confirmed(Revision(3, EMPTY), AT)
    assert read_in_force(path) == Revision(5, paper.config())
    assert read_confirmed(path) == Revision(3, EMPTY)


def test_a_countdown_comes_back_whole(path: Path) -> None:
    writer = StateWriter(path)
    assert (read_trial(path), read_returned(path), read_in_force_since(path)) == (None, None, None)
    taken = replace(paper.INTERFACES[0], managed=True)
    trial = OnTrial(revision=5, boot_id=BOOT, window_s=60, started_s=12.5, in_force_s=12.75, taken=(taken,))
    returned = Returned(revision=5, why="not confirmed within 60 s", at=AT, to=4, owed=(taken,))
    writer.remember_in_force(Revision(5, paper.config()), AT)
    writer.write_trial(replace(trial, in_force_s=None))
    writer.write_trial(trial)
    assert (read_trial(path), read_returned(path), read_in_force_since(path)) == (trial, None, AT)
    writer.write_returned(returned)
    assert (read_trial(path), read_returned(path)) == (None, returned)
    writer.write_returned(None)
    assert read_returned(path) is None


def test_what_was_written_is_flushed_when_that_is_asked_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut ends a trial, so the trial must reach the disk; nobody waits for that."""
    writer = StateWriter(path)
    flushed: list[str] = []
    monkeypatch.setattr(
        "os.fsync", lambda descriptor: flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
    )
    writer.write_trial(OnTrial(revision=5, boot_id=BOOT, window_s=60, started_s=12.5))
    assert flushed == []
    writer.flush()
    assert flushed == [f"{path.name}-wal"]


def test_verdicts_come_back_with_boot_and_time_and_old_ones_are_forgotten(path: Path) -> None:
    writer = StateWriter(path)
    writer.write_verdicts(in_ipv4({1: UP, 3: UP}), BOOT, AT)
    writer.write_verdicts(in_ipv4({1: UP, 2: DOWN}), BOOT, AT + timedelta(seconds=1))
    at = AT + timedelta(seconds=1)
    assert read_verdicts(path) == (StoredVerdict(ipv4(1), UP, BOOT, at), StoredVerdict(ipv4(2), DOWN, BOOT, at))


def test_events_are_paged_newest_first(path: Path) -> None:
    writer = StateWriter(path)
    written = [event(f"event {number}", AT + timedelta(seconds=number)) for number in range(5)]
    writer.add_events(written[:3])
    writer.add_events(written[3:])
    first = read_events(path, limit=2)
    second = read_events(path, first[-1].id, limit=2)
    third = read_events(path, second[-1].id, limit=2)
    assert [one.event for one in (*first, *second, *third)] == written[::-1]
    assert read_events(path, third[-1].id) == ()


def write_row(path: Path, kind: str, body: str) -> None:
    """A row as another version wrote it."""
    with by_force(path) as connection:
        insert = "INSERT INTO event (at_ms, kind, gateway, body) VALUES (1772368215250, ?, 2, ?)"
        connection.execute(insert, (kind, body))


def test_events_that_version_0_1_wrote_are_read(path: Path) -> None:
    StateWriter(path).close()
    body = (
        '{"at":"2026-03-01T12:30:15.250000Z","kind":"verdict","text":"ISP 2 is down: no reply from 10.0.0.3",'
        '"number":2,"layer":"icmp","actor":"","revision":null,"detected_ms":1900.5,"switched_ms":null,'
        '"flows_moved":null,"flows_told":null}'
    )
    write_row(path, "verdict", body)
    down = VerdictChanged("ISP 2", 2, State.DOWN, "no reply from 10.0.0.3", Layer.ICMP, 1900.5)
    assert [one.event for one in read_events(path)] == [down.logged(AT)]


def test_events_that_a_newer_version_wrote_are_read_as_text(path: Path) -> None:
    writer = StateWriter(path)
    writer.add_events([event("known")])
    body = '{"at":"2026-03-01T12:30:15.250Z","kind":"comet","text":"a comet","severity":"cosmic","tail_km":3}'
    write_row(path, "comet", body)
    newer, known = (one.event for one in read_events(path))
    assert newer == LoggedEvent(at=AT, kind="comet", text="a comet")
    assert known == event("known")
    assert [one.event for one in read_events(path, wanted=Wanted(frozenset({Topic.ISPS})))] == [known]
    assert [one.event for one in read_events(path, wanted=Wanted(frozenset({Topic.WORKER})))] == [newer]


def test_events_that_arrive_between_two_pages_move_nothing(path: Path) -> None:
    writer = StateWriter(path)
    writer.add_events([event("a"), event("b"), event("c")])
    page = read_events(path, limit=1)
    writer.add_events([event("d")])
    assert [one.event.text for one in read_events(path, page[-1].id)] == ["b", "a"]


def test_only_the_newest_events_are_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "KEPT_EVENTS", 3)
    writer = StateWriter(path)
    for number in range(10):
        writer.add_events([event(str(number))])
    assert [one.event.text for one in read_events(path)] == ["9", "8", "7"]


def test_samples_become_means_of_an_hour_after_a_day_and_go_after_three_months(path: Path) -> None:
    writer = StateWriter(path)
    hour = AT.replace(minute=0, second=0, microsecond=0)
    first, second = Sample(ipv4(1), hour, rtt_ms=10), Sample(ipv4(1), hour + timedelta(minutes=30), 20, 1.0, 1e6, 2e5)
    other, fresh = Sample(ipv4(2), hour + timedelta(hours=12)), Sample(ipv4(1), hour + timedelta(days=1, minutes=1), 30)
    writer.add_samples([first, second, other, fresh])
    assert read_samples(path, hour) == (first, second, other, fresh)
    mean = Sample(ipv4(1), hour, 15.0, 1.0, 1e6, 2e5)
    fresh_hour = Sample(ipv4(1), hour + timedelta(days=1), 30)
    assert read_hours(path, hour) == (mean, other, fresh_hour)
    writer.roll_up(hour + timedelta(days=1, minutes=59))
    assert read_samples(path, hour) == (first, second, other, fresh)  # the hour is not whole yet
    for _ in range(2):
        writer.roll_up(hour + timedelta(days=1, hours=1))
        assert read_samples(path, hour) == (other, fresh)
        assert read_hours(path, hour) == (mean, other, fresh_hour)
    writer.roll_up(hour + timedelta(days=90, minutes=1))
    assert read_samples(path, hour) == ()
    assert read_hours(path, hour) == (other, fresh_hour)


def test_events_of_more_than_a_year_ago_go(path: Path) -> None:
    writer = StateWriter(path)
    writer.add_events([event("old")])
    writer.roll_up(AT + timedelta(days=364))
    assert len(read_events(path)) == 1
    writer.roll_up(AT + timedelta(days=366))
    assert read_events(path) == ()


OLDER = Path(__file__).parent / "older"


@pytest.mark.parametrize("made_by", ["0.1", "4"])
def test_a_file_of_an_earlier_version_keeps_what_is_in_it(path: Path, made_by: str) -> None:
    """As version 0.1 left it, and as its tables were before verdicts and samples had a family."""
    with by_force(path) as connection:
        connection.executescript((OLDER / f"state-{made_by}.sql").read_text())
    with pytest.raises(StoreUnavailable, match="version 4, not 5"):
        read_verdicts(path)
    writer = StateWriter(path)
    assert writer.loss == ""
    up = replace(UP, reason="all checks answer")
    down = replace(DOWN, reason="no reply from 10.0.0.3 (icmp, 3 probes)")
    assert read_verdicts(path) == (StoredVerdict(ipv4(1), up, BOOT, AT), StoredVerdict(ipv4(2), down, BOOT, AT))
    hour = datetime.fromtimestamp(1772272800, UTC)
    assert read_hours(path, hour)[:2] == (
        Sample(ipv4(1), hour, 12.0, 1.0, 1e6, 2e5),
        Sample(ipv4(2), hour, None, 100.0),
    )
    known = (
        Sample(ipv4(1), AT, 9.5, 0.0, 1.5e6, 3e5),
        Sample(ipv4(2), AT, None, 100.0, 0.0, 0.0),
        Sample(ipv4(1), AT + timedelta(seconds=10), 9.75, 0.0, 1e6, 3e5),
    )
    assert read_samples(path, AT) == known
    assert [one.event.text for one in read_events(path)] == [f"ISP 2 is down: {down.reason}"]
    confirmed, in_force, trial = read_confirmed(path), read_in_force(path), read_trial(path)
    assert confirmed is not None
    assert in_force is not None
    assert trial is not None
    assert (confirmed.number, in_force.number, trial.revision) == (4, 5, 5)
    assert [str(one.ipv4.address) for one in in_force.config.gateways] == ["192.168.1.2", "None"]
    assert read_sysctls_before(path) == {"net/ipv4/ip_forward": "0"}
    assert set(read_interfaces_before(path)) == {"eth1"}
    assert read_owned_tables(path) == {241, 242, 245, 246}
    # And it goes on from there.
    both = {ipv4(1): up, ipv6(1): down}
    writer.write_verdicts(both, BOOT, AT)
    writer.add_samples([Sample(ipv6(1), AT, 7.5)])
    writer.close()
    assert {one.leg: one.verdict for one in read_verdicts(path)} == both
    assert read_samples(path, AT) == (known[0], Sample(ipv6(1), AT, 7.5), *known[1:])
    StateWriter(path).close()
    assert len(read_samples(path, AT)) == 4


def test_a_file_of_version_2_gets_the_tables_that_it_lacks(path: Path) -> None:
    with by_force(path) as connection:
        connection.executescript((OLDER / "state-0.1.sql").read_text())
        connection.execute("DROP TABLE sample_hour")
        connection.execute("DROP TABLE interface_before")
        connection.execute("PRAGMA user_version=2")
    StateWriter(path).close()
    assert read_sysctls_before(path) == {"net/ipv4/ip_forward": "0"}
    assert len(read_samples(path, AT)) == 3
    assert read_interfaces_before(path) == {}


@pytest.mark.parametrize("table", [None, "sample", "verdict"])
def test_an_older_file_that_was_tampered_with_is_set_aside(path: Path, table: str | None) -> None:
    with by_force(path) as connection:
        connection.executescript((OLDER / "state-4.sql").read_text())
        connection.execute("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM verdict; END")
        connection.execute("CREATE VIEW v AS SELECT x FROM nowhere")
        if table is not None:
            connection.execute(f"DROP TABLE {table}")
            connection.execute(f"CREATE VIEW {table} AS SELECT 1")
    writer = StateWriter(path)
    assert writer.loss == "it was damaged"
    writer.close()
    assert read_verdicts(path) == ()


def test_legs_of_one_gateway_have_their_own_verdicts_samples_and_means(path: Path) -> None:
    writer = StateWriter(path)
    hour = AT.replace(minute=0, second=0, microsecond=0)
    writer.write_verdicts({ipv4(1): DOWN, ipv6(1): UP}, BOOT, AT)
    samples = [
        Sample(leg, hour + timedelta(minutes=n), rtt) for leg, rtt in ((ipv4(1), 10), (ipv6(1), 30)) for n in (1, 2)
    ]
    writer.add_samples(samples)
    assert {one.leg: one.verdict.state for one in read_verdicts(path)} == {ipv4(1): State.DOWN, ipv6(1): State.UP}
    assert set(read_samples(path, hour)) == set(samples)
    writer.roll_up(hour + timedelta(hours=26))
    assert read_samples(path, hour) == ()
    assert read_hours(path, hour) == (Sample(ipv4(1), hour, 10), Sample(ipv6(1), hour, 30))


def test_the_first_value_of_a_sysctl_stays(path: Path) -> None:
    writer = StateWriter(path)
    writer.remember_sysctls({"net/ipv4/ip_forward": "0"}, AT)
    writer.remember_sysctls({"net/ipv4/ip_forward": "1", "net/ipv4/conf/eth1/rp_filter": "0"}, AT)
    assert read_sysctls_before(path) == {"net/ipv4/ip_forward": "0", "net/ipv4/conf/eth1/rp_filter": "0"}


def test_tables_are_owned_and_disowned(path: Path) -> None:
    writer = StateWriter(path)
    writer.own_tables([241, 243, 244])
    writer.own_tables([241, 242])
    writer.disown_table(244)
    assert read_owned_tables(path) == {241, 242, 243}


def test_forgetting_the_kernel_keeps_the_history(path: Path) -> None:
    writer = StateWriter(path)
    writer.remember_sysctls({"net/ipv4/ip_forward": "0"}, AT)
    writer.own_tables([241])
    writer.remember_in_force(Revision(1, EMPTY), AT)
    writer.write_verdicts(in_ipv4({1: UP}), BOOT, AT)
    writer.add_events([event("it was good")])
    writer.forget_all()
    assert (read_sysctls_before(path), read_owned_tables(path)) == ({}, frozenset())
    assert (read_in_force(path), read_verdicts(path)) == (None, ())
    assert len(read_events(path)) == 1


def test_a_batch_is_written_whole_or_not_at_all(path: Path) -> None:
    writer = StateWriter(path)

    def interrupted() -> None:
        with writer.batch():
            writer.own_tables([241])
            writer.add_events([event("half")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert (read_owned_tables(path), read_events(path)) == (frozenset(), ())
    writer.own_tables([242])
    assert read_owned_tables(path) == {242}


def test_what_was_written_is_there_for_the_next_worker(path: Path) -> None:
    first = StateWriter(path)
    first.own_tables([241])
    first.close()
    second = StateWriter(path)
    second.own_tables([242])
    assert read_owned_tables(path) == {241, 242}


@pytest.mark.parametrize("content", [b"not a database at all " * 500, b"SQLite format 3\x00" + b"\xff" * 8000])
def test_a_damaged_file_is_set_aside_and_made_anew(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    writer = StateWriter(path)
    writer.own_tables([241])
    assert read_owned_tables(path) == {241}
    assert path.with_name("state.db.damaged").read_bytes() == content


def test_a_file_of_another_version_is_set_aside(path: Path) -> None:
    StateWriter(path).close()
    with by_force(path) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(StoreUnavailable, match="version 99"):
        read_events(path)
    StateWriter(path).close()
    assert path.with_name("state.db.damaged").exists()
    assert read_events(path) == ()


ENDLESS = (
    "CREATE TRIGGER busy BEFORE INSERT ON owned_table BEGIN SELECT count(*) FROM"
    " sample_hour AS a, event AS b WHERE a.gateway = b.id; END"
)


def test_a_file_with_a_trigger_is_set_aside(path: Path) -> None:
    StateWriter(path).close()
    with by_force(path) as connection:
        connection.execute(ENDLESS)
    StateWriter(path).own_tables([241])
    assert path.with_name("state.db.damaged").exists()
    assert read_owned_tables(path) == {241}


def test_a_trigger_that_is_added_meanwhile_is_never_run(path: Path) -> None:
    writer = StateWriter(path)
    with by_force(path) as connection:
        connection.execute(ENDLESS)
    with pytest.raises(StoreUnavailable, match="its tables were altered"):
        writer.own_tables([241])
    writer.own_tables([242])
    assert read_owned_tables(path) == {242}


def test_a_write_has_an_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = StateWriter(path)
    monkeypatch.setattr("app.store.state.WRITE_WITHIN_S", 0.05)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(StoreUnavailable, match="interrupted"), writer.batch():
        writer._connection.execute(endless)
    writer.own_tables([241])
    assert read_owned_tables(path) == {241}


def test_a_pipe_in_its_place_is_set_aside(path: Path) -> None:
    os.mkfifo(path)
    StateWriter(path).own_tables([241])
    assert read_owned_tables(path) == {241}


def test_a_pipe_in_the_log_s_place_is_not_flushed(path: Path) -> None:
    writer = StateWriter(path)
    log = path.with_name("state.db-wal")
    log.unlink()
    os.mkfifo(log)
    with pytest.raises(StoreUnavailable, match="cannot be flushed"):
        writer.flush()


def test_a_file_that_breaks_while_it_is_open_costs_one_write(path: Path) -> None:
    writer = StateWriter(path)
    writer.add_events([event(str(number)) for number in range(2000)])
    with by_force(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    writer.close()
    connection = sqlite3.connect(path, isolation_level=None)
    writer._connection = connection  # as if it had been open all the time, with nothing in its cache
    with pytest.raises(StoreUnavailable, match="malformed"):
        writer.own_tables([241])
    writer.own_tables([242])
    assert read_owned_tables(path) == {242}


def test_a_full_disk_is_reported_and_survived(path: Path) -> None:
    writer = StateWriter(path)
    writer.own_tables([241])
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))  # files of this process cannot grow any more
    try:
        with pytest.raises(StoreUnavailable, match=r"state\.db"):
            writer.add_events([event("x" * 2000) for _ in range(1000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert read_events(path) == ()
    writer.own_tables([242])
    assert read_owned_tables(path) == {241, 242}


def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot create"):
        StateWriter(tmp_path / "file" / "state.db")


def test_of_many_things_that_cannot_be_the_first_few_are_named(path: Path) -> None:
    writer = StateWriter(path)
    writer.remember_in_force(Revision(7, paper.config()), AT)
    with by_force(path) as connection:
        gateways = [{"number": 200, "name": "", "interface": "eth1"}] * 10
        connection.execute("UPDATE revision SET config = ?", (json.dumps({"gateways": gateways}),))
    with pytest.raises(
        StoreUnavailable, match=r"contains an invalid value: gateways\.0\.number: .*; and \d+ more$"
    ) as caught:
        read_in_force(path)
    assert len(str(caught.value).removeprefix(str(path))) < 300


def test_hostile_content_is_no_history(path: Path) -> None:
    writer = StateWriter(path)
    writer.add_events([event("good")])
    writer.write_verdicts(in_ipv4({1: UP}), BOOT, AT)
    with by_force(path) as connection:
        connection.execute('UPDATE event SET body = \'{"at": "yesterday"}\'')
        connection.execute("UPDATE verdict SET state = 'splendid'")
    with pytest.raises(StoreUnavailable, match="contains an invalid value"):
        read_events(path)
    with pytest.raises(StoreUnavailable, match="contains an invalid value"):
        read_verdicts(path)
