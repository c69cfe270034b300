"""`multihome logs` and `multihome history`: events and figures of the ISPs, read from the state directory."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from app.cli.console import printable, workspace_of
from app.errors import FieldError, InvalidConfig
from app.model.events.event import LOGGED, LoggedEvent, Wanted
from app.model.family import Family
from app.paths import StateDirectory
from app.service.event_log import MOST, event_log
from app.store.history import read_hours
from app.store.state_schema import Sample

AsJson = Annotated[bool, typer.Option("--json", help="For programs: one object a line.")]
# As much as the two databases keep of either.
_MOST_LINES: Final = 70_000
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST: Final = timedelta(days=3650)


def logs(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="30m|2h|7d", help="Nothing older.")] = "24h",
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
    wanted = Wanted(since=datetime.now(UTC) - _span(since))
    for event in reversed(list(_events(workspace_of(context).home, wanted))):
        if as_json:
            print(json.dumps({**LOGGED.dump_python(event), "at": event.at.isoformat()}))
        else:
            print(printable(_line(event)))


def _events(home: StateDirectory, wanted: Wanted) -> Iterator[LoggedEvent]:
    """The wanted events, newest first."""
    cursor, given = "", 0
    while given < _MOST_LINES:
        page = event_log(home, cursor=cursor, limit=MOST, wanted=wanted)
        yield from page.events
        given += len(page.events)
        if page.older is None:
            return
        cursor = page.older


def _line(event: LoggedEvent) -> str:
    who = f" (by {event.actor}{f' from {event.address}' if event.address else ''})" if event.actor else ""
    return f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {event.kind}  {event.text}{who}"


def history(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="2h|7d|12w", help="Nothing older.")] = "24h",
    *,
    as_json: AsJson = False,
) -> None:
    """Show how each gateway was, hour by hour: round-trip time, loss, traffic. Three months are kept.

    \b
    Examples:
        multihome history --since 7d
        multihome history --since 12w --json
    """
    workspace = workspace_of(context)
    config = workspace.head().config
    for one in read_hours(workspace.home.state_db, datetime.now(UTC) - _span(since)):
        if as_json:
            print(json.dumps(_document(one)))
        else:
            number, family = one.leg
            gateway = config.gateway(number)
            print(printable(_hour(one, f"gateway {number}" if gateway is None else gateway.called(family))))


def _document(one: Sample) -> dict[str, object]:
    """A sample for programs. Its family is named where it does not go without saying."""
    number, family = one.leg
    measured = {name: value for name, value in asdict(one).items() if name != "leg"}
    whose = {"gateway": number} if family is Family.IPV4 else {"gateway": number, "family": int(family)}
    return {**whose, **measured, "at": one.at.isoformat()}


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


def _span(text: str) -> timedelta:
    """The time span of `30m`, `2h` or `7d`. Raises InvalidConfig."""
    found = re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip())
    made = None if found is None else timedelta(**{_UNITS[found[2]]: int(found[1])})
    if made is None or made > _LONGEST:
        raise InvalidConfig(FieldError("since", f"{text!r} is not a time like 30m, 2h, 7d"))
    return made
