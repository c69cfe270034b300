"""The router's status for a person: one sentence, then a line for every gateway. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.model.status import GatewayStatus, Status
from app.model.verdict import State
from app.model.words import counted, either

_HEADINGS = ("", "gateway", "interface", "state", "rtt", "loss", "share", "reason")


def sentence(status: Status) -> str:
    """Is the Internet working, which ISP is not, and was anything refused; the reasons are in the table."""
    refused = len(status.rejected)
    said = " ".join(filter(None, (_working(status), _standing_by(status))))
    if not refused:
        return said
    return f"{said} {counted(refused, 'change')} rejected, see below."


def _working(status: Status) -> str:
    enabled = [one for one in status.gateways if one.enabled]
    working = [one for one in enabled if one.state is State.UP and not one.standby]
    failing = [one for one in enabled if one.state is not State.UP]
    if not status.gateways:
        return "No gateway is configured (add one with `config gateway add`)."
    if not enabled:
        return "Every gateway is disabled."
    if not working and all(one.state is State.UNKNOWN for one in failing):
        return "No gateway has replied yet."
    early = [one for one in enabled if one.is_early]
    if not working and early:
        others = [one for one in failing if not one.is_early]
        names = " and ".join(one.name for one in early)
        back = f"{names} {either(len(early), 'is', 'are')} used while still recovering, because no better gateway works"
        return f"{back}; {_states(others)}." if others else f"{back}."
    if not working:
        tried = ", still used as last resort" if any(one.in_use for one in failing) else ""
        return f"No gateway works: {_states(failing)}{tried}."
    if failing:
        return f"{_states(working)}; {_states(failing)}."
    if len(working) == 1:
        return f"{working[0].name} is up."
    shares = ", ".join(f"{one.name} {_share(one)}" for one in working)
    return f"All {len(working)} gateways are up; of new connections: {shares}."


def _standing_by(status: Status) -> str:
    names = [one.name for one in status.gateways if one.enabled and one.standby]
    return f"{' and '.join(names)} {either(len(names), 'is', 'are')} on standby." if names else ""


def table(status: Status, now: datetime) -> Iterator[str]:
    """A line for every gateway under their headings, then what is pending or was refused."""
    rows = [_HEADINGS, *(_row(one, now) for one in status.gateways)]
    if status.gateways:
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
        for row in rows:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for pending in status.pending:
        yield f"pending: {pending.subject}: {pending.reason}"
    for refused in status.rejected:
        yield f"rejected: {refused}"
    yield from _revision(status)


def _revision(status: Status) -> Iterator[str]:
    if status.returned is not None:
        yield f"revision {status.returned.revision} was rolled back: {status.returned.why}"
    elif status.wanted != status.in_force:
        yield f"revision {status.wanted} is saved, {status.in_force} is applied"
    if status.on_trial is not None and status.confirm_within_s is not None:
        left = f"within {status.confirm_within_s:.0f} s, or it is rolled back to revision {status.returns_to}"
        yield f"revision {status.on_trial} must be confirmed {left}"


def ago(since: datetime, now: datetime) -> str:
    """How long something has been so, in its largest unit."""
    passed = max(now - since, timedelta())
    for unit, length in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if passed >= length:
            return f"{passed // length} {unit}"
    return f"{passed // timedelta(seconds=1)} s"


def _row(gateway: GatewayStatus, now: datetime) -> tuple[str, ...]:
    state = "standby" if gateway.standby else gateway.state.value
    return (
        str(gateway.number),
        gateway.name,
        gateway.interface,
        f"{state} for {ago(gateway.since, now)}" if gateway.enabled else "disabled",
        _measured(gateway.rtt_ms, "{:.1f} ms"),
        _measured(gateway.loss_percent, "{:.0f} %"),
        _share(gateway),
        _reason(gateway),
    )


def _reason(gateway: GatewayStatus) -> str:
    """Why it is so. "waits 4 s more" alone would be wrong of one that is used meanwhile, because all are down."""
    if gateway.standby and gateway.enabled:
        return f"used when no gateway in a better tier works (tier {gateway.tier})"
    used = gateway.enabled and gateway.in_use and gateway.state is State.DOWN and not gateway.is_early
    return f"{gateway.reason}; still used as last resort" if used else gateway.reason


def _share(gateway: GatewayStatus) -> str:
    """The measured share, or while nothing was measured the configured one; of what takes nothing there is none."""
    if not gateway.in_use:
        return "none"
    if gateway.share_percent is not None:
        return f"{gateway.share_percent:.0f} %"
    return f"{gateway.weight_percent:.0f} % (configured)"


def _measured(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _states(gateways: Sequence[GatewayStatus]) -> str:
    """`Orange and DIGI are down`."""
    found = []
    for state in State:
        names = [one.name for one in gateways if one.state is state]
        if names:
            found.append(f"{' and '.join(names)} {either(len(names), 'is', 'are')} {state.value}")
    return ", ".join(found)
