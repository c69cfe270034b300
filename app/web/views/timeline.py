"""The event log with what belongs together as one group: an outage, and a saved change. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.model.events.event import LoggedEvent, Severity
from app.model.events.kinds import ConfigurationSaved, FlowsMoved, RevisionConfirmed, RevisionInForce, VerdictChanged


class Of(StrEnum):
    """What a group is about."""

    OUTAGE = "outage"
    CHANGE = "change"
    ONE = "one event"


@dataclass(slots=True)
class Group:
    """Events that belong together, oldest first.

    An outage: the verdict *down*, the failover, and, when it is over, the verdict *up*. A change: saved, applied,
    confirmed or rolled back.
    """

    of: Of
    events: list[LoggedEvent]
    is_open: bool = field(default=True, repr=False)

    @property
    def first(self) -> LoggedEvent:
        """The event that it began with."""
        return self.events[0]

    @property
    def last(self) -> LoggedEvent:
        """The newest event."""
        return self.events[-1]

    @property
    def is_over(self) -> bool:
        """Whether an outage has ended."""
        return self.of is Of.OUTAGE and self.last.kind == VerdictChanged.kind and len(self.events) > 1


def timeline(events: Sequence[LoggedEvent]) -> tuple[Group, ...]:
    """These events (newest first) in groups, the group with the newest event first. Each event is in one group."""
    groups: list[Group] = []
    for event in reversed(events):
        group = next((one for one in reversed(groups) if one.is_open and _continues(one, event)), None)
        if group is None:
            groups.append(_begun(event))
            continue
        group.events.append(event)
        groups.remove(group)
        groups.append(group)
        if group.is_over:
            group.is_open = False
    return tuple(reversed(groups))


def _begun(event: LoggedEvent) -> Group:
    if event.kind == VerdictChanged.kind and event.severity is Severity.BAD:
        return Group(Of.OUTAGE, [event])
    if event.kind == ConfigurationSaved.kind and event.revision is not None:
        return Group(Of.CHANGE, [event])
    return Group(Of.ONE, [event], is_open=False)


def _continues(group: Group, event: LoggedEvent) -> bool:
    """Whether the event belongs to this open group."""
    if group.of is Of.CHANGE:
        return event.revision == group.first.revision and _is_next(group, event)
    if event.number is None or event.number != group.first.number:
        return False
    if event.kind == FlowsMoved.kind:
        return event.flows_moved is not None
    if event.kind != VerdictChanged.kind or subject(event) != subject(group.first):
        return False
    # Any other verdict ends the outage; only *up* says how long it was.
    group.is_open = event.severity is Severity.GOOD
    return group.is_open


def _is_next(group: Group, event: LoggedEvent) -> bool:
    """Whether this event of a change is not there yet: a worker that starts again applies a revision once more."""
    if event.kind == RevisionInForce.kind:
        return is_rolled_back(event) or all(one.kind != event.kind for one in group.events)
    return event.kind == RevisionConfirmed.kind


def is_rolled_back(event: LoggedEvent) -> bool:
    """Whether the event says that its revision was rolled back."""
    return event.kind == RevisionInForce.kind and not event.text.endswith(" applied")


def subject(event: LoggedEvent) -> str:
    """The ISP of a verdict, as its text names it."""
    return event.text.partition(" is ")[0]
