"""`multihome logs` and `multihome history`: what happened, and how the lines were, from the state directory alone."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from app.cli.console import Desk, desk_of, printable
from app.cli.since import span
from app.paths import StateDirectory
from app.service.timeline import MOST, Entry, timeline
from app.store.history import read_hours
from app.store.state import Sample

AsJson = Annotated[bool, typer.Option("--json", help="For programs: one object a line.")]
# As much as the two databases keep of either.
_MOST_LINES: Final = 70_000


def logs(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="30m|2h|7d", help="Not what is older.")] = "24h",
    *,
    as_json: AsJson = False,
) -> None:
    """Show what happened, oldest first: ISPs, failovers, drift, changes, logins. It needs no systemd and no worker.

    With systemd the same is in the journal, with more of it: `journalctl -u multihome-worker GATEWAY=2`.

    \b
    Examples:
        multihome logs
        multihome logs --since 2h
    """
    oldest = datetime.now(UTC) - span(since)
    for entry in reversed(list(_entries(desk_of(context).home, oldest))):
        if as_json:
            print(json.dumps({**asdict(entry), "at": entry.at.isoformat()}))
        else:
            print(printable(_line(entry)))


def _entries(home: StateDirectory, oldest: datetime) -> Iterator[Entry]:
    """What is not older, newest first. All is looked through: a clock that was set leaves older times among newer."""
    cursor, given = "", 0
    while given < _MOST_LINES:
        page = timeline(home, cursor=cursor, limit=MOST)
        yield from (entry for entry in page.entries if entry.at >= oldest)
        given += len(page.entries)
        if page.older is None:
            return
        cursor = page.older


def _line(entry: Entry) -> str:
    who = f" (by {entry.actor}{f' from {entry.address}' if entry.address else ''})" if entry.actor else ""
    return f"{entry.at:%Y-%m-%d %H:%M:%S} UTC  {entry.kind}  {entry.text}{who}"


def history(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="2h|7d|12w", help="Not what is older.")] = "24h",
    *,
    as_json: AsJson = False,
) -> None:
    """Show how each gateway was, hour by hour: round-trip time, loss, traffic. Three months are kept.

    \b
    Examples:
        multihome history --since 7d
        multihome history --since 12w --json
    """
    desk = desk_of(context)
    names = _names(desk)
    for one in read_hours(desk.home.state_db, datetime.now(UTC) - span(since)):
        if as_json:
            print(json.dumps({**asdict(one), "at": one.at.isoformat()}))
        else:
            print(printable(_hour(one, names.get(one.gateway, f"gateway {one.gateway}"))))


def _names(desk: Desk) -> dict[int, str]:
    return {one.number: one.name for one in desk.head().config.gateways}


def _hour(one: Sample, name: str) -> str:
    figures = (
        _figure(one.rtt_ms, "ms"),
        _figure(one.loss_percent, "% lost"),
        _figure(None if one.rx_bits_per_s is None else one.rx_bits_per_s / 1e6, "Mbit/s in"),
        _figure(None if one.tx_bits_per_s is None else one.tx_bits_per_s / 1e6, "Mbit/s out"),
    )
    return f"{one.at:%Y-%m-%d %H:%M} UTC  {name}  {', '.join(filter(None, figures)) or 'nothing measured'}"


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.1f} {unit}"
