"""The verdict on a gateway, from the results of its checks."""

from datetime import datetime
from enum import StrEnum

from app.model.about import Choice
from app.model.base import domain


class State(StrEnum):
    """The three states of a verdict."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


class Layer(Choice):
    """The layers that a gateway can fail at, from the cable upwards; a verdict names the lowest failing one."""

    CARRIER = "carrier"
    ADDRESS = "address"
    NEXT_HOP = "next hop"
    ICMP = "icmp", "ping"
    TCP = "tcp", "TCP"
    UDP = "udp", "UDP"
    HTTP = "http", "HTTP"

    @property
    def is_below_checks(self) -> bool:
        """Whether the machine sees this fault without sending a probe."""
        return self in {Layer.CARRIER, Layer.ADDRESS, Layer.NEXT_HOP}


@domain
class Verdict:
    """State, why, and since when (UTC). `layer` is None unless the state is down.

    `carries`: new flows may use this gateway. True if it is up; if it is unknown, only when a restarted worker found it
    in use and no probe has failed since. For a gateway that is down, `answers`: it has begun to reply again; `risen`:
    only its hold-down is left. While no gateway has completed its hold-down, those that have risen are used
    (app/plan/sites.py): they are up then, and `risen` until their hold-down is over.
    `unproven`: the checks that do not count before their first reply.
    """

    state: State
    reason: str
    since: datetime
    layer: Layer | None = None
    carries: bool = False
    answers: bool = False
    risen: bool = False
    unproven: tuple[str, ...] = ()
