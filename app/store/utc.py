"""Timestamps in the databases: ISO 8601 text in config.db, milliseconds in state.db."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc_text(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds, so that it sorts as text. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, so that ranges and pruning compare numbers."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_epoch_ms(value: int) -> datetime:
    """The time for a value of `epoch_ms`, in UTC. Raises OverflowError outside the calendar."""
    return _EPOCH + timedelta(milliseconds=value)
