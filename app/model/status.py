"""The status that the worker publishes: the observed state of the router at one moment.

It is sent to other processes (worker.sock), so its classes are domain classes, which validate it on the other side.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.model.base import domain
from app.model.countdown import Returned
from app.model.facts import Facts
from app.model.family import Family, IPAddress
from app.model.leg import LegId
from app.model.verdict import Layer, State, Verdict


@domain
class LayerStatus:
    """One layer of a gateway's verdict: what was checked, and the result. `ok` None: not known yet."""

    layer: Layer
    text: str
    ok: bool | None = None


@domain
class TargetStatus:
    """One target of one check of a leg, over the last minute. `ok` None: not known yet.

    `note`: how its losses are explained, empty for silence. `probes`: those whose outcome is known.
    """

    check: str
    host: str
    ok: bool | None
    note: str = ""
    probes: int = 0
    rtt_ms: float | None = None
    loss_percent: float | None = None
    family: Family = Family.IPV4


@domain
class GatewayStatus:
    """One leg of a gateway as observed. `None` means "not measured", which is not zero.

    `in_use`: in the balanced table. Shares are of new connections: `share_percent` as measured over the last minute, or
    since the set of gateways in use last changed; `weight_percent` as configured among them. Round-trip time and loss
    are of the last minute while it is probed. Flows and shares are those of the gateway, traffic that of its
    interface. `standby`: usable, and not in
    use because a better tier has a usable gateway. If it is down, `answers`: it has begun to reply again; `risen`: only
    its hold-down is left.
    """

    number: int
    name: str
    interface: str
    next_hop: IPAddress | None
    source: IPAddress | None
    enabled: bool
    weight: int
    state: State
    reason: str
    since: datetime
    in_use: bool
    layer: Layer | None = None
    layers: tuple[LayerStatus, ...] = ()
    weight_percent: float = 0.0
    share_percent: float | None = None
    new_flows: int = 0
    rtt_ms: float | None = None
    jitter_ms: float | None = None
    loss_percent: float | None = None
    rx_bits_per_s: float | None = None
    tx_bits_per_s: float | None = None
    tier: int = 1
    standby: bool = False
    answers: bool = False
    risen: bool = False
    # Documents do not name it while it goes without saying.
    family: Annotated[Family, Field(exclude_if=lambda family: family is Family.IPV4)] = Family.IPV4

    @property
    def leg(self) -> LegId:
        """The identity of the leg."""
        return LegId(self.number, self.family)

    @property
    def is_early(self) -> bool:
        """Whether it is used before the end of its hold-down, because no better gateway works."""
        return self.risen and self.in_use


@domain
class RuleStatus:
    """How many new flows traffic rule `number` has matched since its counter was created."""

    number: int
    hits: int = 0


@domain
class PendingStatus:
    """What the revision requires and the machine cannot hold now."""

    subject: str
    reason: str


@domain
class Status:
    """The router as the worker last observed it. `wanted`: the newest revision. `in_force`: the one in the kernel.

    `rejected`: what the kernel (or the worker, on reading a revision) refused, in sentences. `in_force_since`: wall
    time, for display. `on_trial`: the newest revision while it waits for its confirmation. It has been in force for
    `in_force_for_s` (None: it is being applied), and in `confirm_within_s` the worker rolls back to `returns_to`.
    `returned`: the newest revision, if it was rolled back. These seconds are of CLOCK_BOOTTIME.
    """

    observed_at: datetime
    started_at: datetime
    boot_id: str
    wanted: int
    in_force: int
    gateways: tuple[GatewayStatus, ...] = ()
    rules: tuple[RuleStatus, ...] = ()
    pending: tuple[PendingStatus, ...] = ()
    rejected: tuple[str, ...] = ()
    all_down: bool = False
    facts: Facts = Field(default_factory=Facts)
    in_force_since: datetime | None = None
    in_force_for_s: float | None = None
    on_trial: int | None = None
    confirm_within_s: float | None = None
    returns_to: int | None = None
    returned: Returned | None = None

    def verdicts(self) -> dict[LegId, Verdict]:
        """The verdict on every leg. One that is unknown but in use was inherited from an earlier worker."""
        return {one.leg: _verdict(one) for one in self.gateways}


def _verdict(seen: GatewayStatus) -> Verdict:
    carries = seen.state is State.UP or (seen.state is State.UNKNOWN and seen.in_use)
    return Verdict(
        state=seen.state,
        reason=seen.reason,
        since=seen.since,
        layer=seen.layer,
        carries=carries,
        answers=seen.answers,
        risen=seen.risen,
    )
