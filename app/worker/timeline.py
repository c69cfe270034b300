"""Events in sentences: what changed between two turns, told once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from app.kernel.contract import KernelEvent
from app.model.config import Config, Gateway
from app.model.status import Event, EventKind
from app.model.verdict import State, Verdict
from app.plan.render import describe
from app.plan.state import Change
from app.worker.moves import Moved

# A flushed ruleset or an emptied table is one event, not a hundred.
NAMED_CHANGES = 4


def verdict_events(
    config: Config, before: Mapping[int, Verdict], after: Mapping[int, Verdict], detected_ms: Mapping[int, float]
) -> Iterator[Event]:
    """One event for every gateway whose state changed. A gateway seen first makes none while it is unknown."""
    for gateway in config.gateways:
        now, then = after.get(gateway.number), before.get(gateway.number)
        if now is None or now.state is (State.UNKNOWN if then is None else then.state):
            continue
        reason = f": {now.reason}" if now.reason else ""
        yield Event(
            at=now.since,
            kind=EventKind.VERDICT,
            text=f"{gateway.name} is {now.state}{reason}",
            number=gateway.number,
            layer=now.layer,
            detected_ms=detected_ms.get(gateway.number) if now.state is State.DOWN else None,
        )


def tier_event(
    config: Config, before: tuple[int, ...], after: tuple[int, ...], verdicts: Mapping[int, Verdict], at: datetime
) -> Event | None:
    """Another tier carries new connections now: who, and what became of those that did before. None: the same tier."""
    then, now = _gateways(config, before), _gateways(config, after)
    if not then or not now or {one.tier for one in then} & {one.tier for one in now}:
        return None
    down = [one for one in then if (found := verdicts.get(one.number)) is not None and found.state is State.DOWN]
    who = f"{_and(now)} (tier {now[0].tier}) {'carries' if len(now) == 1 else 'carry'} new connections"
    if now[0].tier > then[0].tier:
        text = f"{_and(down)} {_is(down)} down; {who}" if down else who
    else:
        backup = [one for one in then if one not in down]
        text = f"{who} again" + (f"; {_and(backup)} {'stands' if len(backup) == 1 else 'stand'} by" if backup else "")
    return Event(at=at, kind=EventKind.FAILOVER, text=text, number=now[0].number)


def early(members: Iterable[int], verdicts: Mapping[int, Verdict]) -> frozenset[int]:
    """Those of the members that are used before their hold is over, because nothing better works."""
    return frozenset(number for number in members if (found := verdicts.get(number)) is not None and found.risen)


def early_event(config: Config, before: frozenset[int], after: frozenset[int], at: datetime) -> Event | None:
    """Some are used before their hold is over that were not. None: nothing new."""
    news = _gateways(config, tuple(sorted(after - before)))
    if not news:
        return None
    verb, used = ("answers", "is") if len(news) == 1 else ("answer", "are")
    text = f"{_and(news)} {verb} again and {used} used already, because nothing better works"
    return Event(at=at, kind=EventKind.FAILOVER, text=text, number=news[0].number)


def lost_events(
    config: Config, before: frozenset[int], verdicts: Mapping[int, Verdict], at: datetime
) -> Iterator[Event]:
    """Those that were used early and have fallen again before they were up."""
    for gateway in _gateways(config, tuple(sorted(before))):
        found = verdicts.get(gateway.number)
        if found is not None and found.state is State.DOWN and not found.risen:
            text = f"{gateway.name} is down again: {found.reason}"
            yield Event(at=at, kind=EventKind.VERDICT, text=text, number=gateway.number, layer=found.layer)


def _gateways(config: Config, numbers: tuple[int, ...]) -> list[Gateway]:
    return [one for number in numbers if (one := config.gateway(number)) is not None]


def _and(gateways: list[Gateway]) -> str:
    *others, last = [one.name for one in gateways]
    return f"{', '.join(others)} and {last}" if others else last


def _is(gateways: list[Gateway]) -> str:
    return "is" if len(gateways) == 1 else "are"


def failover_event(
    config: Config, moved: Moved, at: datetime, verdict: Verdict | None, switched_ms: float | None
) -> Event:
    """New connections avoid a gateway; its flows were moved and its clients told."""
    gateway = config.gateway(moved.number)
    name = f"gateway {moved.number}" if gateway is None else gateway.name
    told = f", {_count(moved.told, 'TCP client')} told" if moved.told else ""
    text = f"connections avoid {name}: {_count(moved.flows, 'flow')} moved{told}"
    if moved.back:
        text = f"{name} is not needed any more: {_count(moved.flows, 'flow')} moved back{told}"
    return Event(
        at=at,
        kind=EventKind.FAILOVER,
        text=text,
        number=moved.number,
        layer=None if verdict is None else verdict.layer,
        switched_ms=switched_ms,
        flows_moved=moved.flows,
        flows_told=moved.told,
    )


def drift_event(drift: tuple[Change, ...], causes: tuple[KernelEvent, ...], at: datetime) -> Event:
    """Somebody touched what is ours: what was put right, and who did it as far as the kernel says."""
    changes = "; ".join(describe(change) for change in drift[:NAMED_CHANGES])
    more = f"; and {len(drift) - NAMED_CHANGES} more" if len(drift) > NAMED_CHANGES else ""
    actors = ", ".join(dict.fromkeys(event.actor for event in causes if event.actor))
    seen = "; ".join(dict.fromkeys(event.text for event in causes[:NAMED_CHANGES] if event.text))
    return Event(
        at=at,
        kind=EventKind.DRIFT,
        text=f"put right: {changes}{more}" + (f" (seen: {seen})" if seen else ""),
        actor=actors,
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
