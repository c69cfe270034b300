"""Reads state.db for panel, console and a starting worker. Each function opens the file, reads, and closes it.

Content is validated again when it is read. Every function raises StoreUnavailable if the file cannot be read, has
another version, or has impossible content; for readers that means "no history" and is no failure. How much is kept is
in state_schema.py.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.errors import StoreUnavailable
from app.model.complaints import field_errors
from app.model.config import Config
from app.model.countdown import OnTrial, Returned
from app.model.events.event import EVERYTHING, LOGGED, Kinds, LoggedEvent, Wanted, WorkerEvent, kinds_about
from app.model.facts import Before
from app.model.family import Family
from app.model.leg import LegId
from app.model.verdict import Verdict
from app.store.files import reading
from app.store.reader import Revision
from app.store.state_schema import MEANS, SCHEMA, Sample
from app.store.utc import epoch_ms, from_epoch_ms

_BEFORE: Final = TypeAdapter(Before)
_CONFIG: Final = TypeAdapter(Config)
_VERDICT: Final = TypeAdapter(Verdict)
_TRIAL: Final = TypeAdapter(OnTrial)
_RETURNED: Final = TypeAdapter(Returned)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A stored verdict on a leg; `boot_id` and `at` say whether it still counts."""

    leg: LegId
    verdict: Verdict
    boot_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with the id of its row, which grows with time."""

    id: int
    event: LoggedEvent


def read_in_force(path: Path) -> Revision | None:
    """The revision in force when the worker last wrote, or None."""
    return _remembered(path, "in force")


def read_confirmed(path: Path) -> Revision | None:
    """The last confirmed revision that the worker saw, or None."""
    return _remembered(path, "confirmed")


def read_in_force_since(path: Path) -> datetime | None:
    """Since when that revision has been in force, or None."""
    with _reading(path) as connection:
        row = connection.execute("SELECT at_ms FROM revision WHERE role = 'in force'").fetchone()
    with _valid(path):
        return None if row is None else from_epoch_ms(int(row[0]))


def read_trial(path: Path) -> OnTrial | None:
    """The revision that waits to be confirmed, or None."""
    return _countdown(path, "on trial", _TRIAL)


def read_returned(path: Path) -> Returned | None:
    """The revision that was rolled back, or None."""
    return _countdown(path, "returned", _RETURNED)


def read_verdicts(path: Path) -> tuple[StoredVerdict, ...]:
    """The verdicts that were written last, by number."""
    query = (
        "SELECT gateway, family, state, reason, since_ms, layer, carries, boot_id, at_ms, unproven"
        " FROM verdict ORDER BY gateway, family"
    )
    with _reading(path) as connection:
        return tuple(_verdict(row) for row in connection.execute(query))


def read_events(
    path: Path, before: int | None = None, limit: int = 50, wanted: Wanted = EVERYTHING
) -> tuple[EventRow, ...]:
    """The newest events that are wanted, or those before the row `before`; newest first."""
    only, values = among("kind", kinds_about(wanted.topics, WorkerEvent))
    at, times = between("at_ms", *(None if one is None else epoch_ms(one) for one in (wanted.since, wanted.until)))
    query = f"SELECT id, body FROM event WHERE id < ?{only}{at}"  # noqa: S608 - places alone
    values = [2**63 - 1 if before is None else before, *values, *times]
    if wanted.gateway is not None:
        query, values = f"{query} AND gateway = ?", [*values, wanted.gateway]
    with _reading(path) as connection:
        rows = connection.execute(f"{query} ORDER BY id DESC LIMIT ?", (*values, limit)).fetchall()
    with _valid(path):
        return tuple(EventRow(number, LOGGED.validate_json(body)) for number, body in rows)


def among(column: str, kinds: Kinds) -> tuple[str, list[object]]:
    """The condition for rows of these kinds in a WHERE clause, and its parameters."""
    return f" AND {column} {'NOT ' if kinds.others else ''}IN ({', '.join('?' * len(kinds.names))})", list(kinds.names)


def between(column: str, since: object, until: object) -> tuple[str, list[object]]:
    """The condition for rows from `since` on and before `until` in a WHERE clause, and its parameters."""
    found = [(f" AND {column} {sign} ?", one) for sign, one in ((">=", since), ("<", until)) if one is not None]
    return "".join(text for text, _ in found), [one for _, one in found]


def read_samples(path: Path, since: datetime) -> tuple[Sample, ...]:
    """All legs' samples from `since` on, oldest first."""
    query = (
        "SELECT at_ms, gateway, family, rtt_ms, loss_percent, rx_bits_per_s, tx_bits_per_s"
        " FROM sample WHERE at_ms >= ? ORDER BY at_ms, gateway, family"
    )
    with _reading(path) as connection:
        return tuple(_sample(*row) for row in connection.execute(query, (epoch_ms(since),)))


def read_hours(path: Path, since: datetime) -> tuple[Sample, ...]:
    """The means of every hour from `since` on, oldest first; `at` is the start of the hour. The last hour is
    incomplete.
    """
    query = f"SELECT * FROM sample_hour WHERE at_ms >= ? UNION ALL {MEANS} ORDER BY 1, 2, 3"  # noqa: S608 - constants
    with _reading(path) as connection:
        rows = connection.execute(query, (epoch_ms(since), epoch_ms(since), 2**62))
        return tuple(_sample(*row) for row in rows)


def read_sysctls_before(path: Path) -> dict[str, str]:
    """The values of sysctls from before Multihome's first change: path below /proc/sys → value."""
    with _reading(path) as connection:
        return {str(name): str(value) for name, value in connection.execute("SELECT path, value FROM sysctl_before")}


def read_interfaces_before(path: Path) -> dict[str, Before]:
    """The former state of interfaces whose addresses Multihome manages, by name."""
    with _reading(path) as connection:
        rows = connection.execute("SELECT name, body FROM interface_before").fetchall()
    with _valid(path):
        return {str(name): _BEFORE.validate_json(body) for name, body in rows}


def read_owned_tables(path: Path) -> frozenset[int]:
    """The routing tables that Multihome owns."""
    with _reading(path) as connection:
        return frozenset(int(number) for (number,) in connection.execute("SELECT number FROM owned_table"))


def _remembered(path: Path, role: Literal["in force", "confirmed"]) -> Revision | None:
    with _reading(path) as connection:
        row = connection.execute("SELECT number, config FROM revision WHERE role = ?", (role,)).fetchone()
    if row is None:
        return None
    with _valid(path):
        return Revision(int(row[0]), _CONFIG.validate_json(row[1]))


def _countdown(path: Path, role: Literal["on trial", "returned"], kind: TypeAdapter[T]) -> T | None:
    with _reading(path) as connection:
        row = connection.execute("SELECT body FROM countdown WHERE role = ?", (role,)).fetchone()
    if row is None:
        return None
    with _valid(path):
        return kind.validate_json(row[0])


def _sample(at_ms: int, number: int, family: int, *measured: float | None) -> Sample:
    return Sample(LegId(number, Family(family)), from_epoch_ms(at_ms), *measured)


def _verdict(row: tuple[object, ...]) -> StoredVerdict:
    number, family, state, reason, since_ms, layer, carries, boot_id, at_ms, unproven = row
    fields = {
        "state": state,
        "reason": reason,
        "since": from_epoch_ms(int(str(since_ms))),
        "layer": layer,
        "carries": carries,
        "unproven": json.loads(str(unproven)),
    }
    leg = LegId(int(str(number)), Family(int(str(family))))
    return StoredVerdict(leg, _VERDICT.validate_python(fields), str(boot_id), from_epoch_ms(int(str(at_ms))))


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with reading(path) as connection, _valid(path):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA:
            raise StoreUnavailable(f"{path} has version {version}, not {SCHEMA}")
        yield connection


@contextmanager
def _valid(path: Path) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise StoreUnavailable(f"{path} contains an invalid value: {field_errors(error).brief()}") from error
    except (ValueError, OverflowError) as error:
        raise StoreUnavailable(f"{path} contains an invalid value: {error}") from error
