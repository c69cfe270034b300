"""What the API takes in and gives out, beside the domain's own classes."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.model.base import HostAddress, InterfaceAddress, InterfaceName, Label, MacAddress, Network
from app.model.check import Timing, TimingOverrides
from app.model.config import AllDown, Balancing, Checks, Clients, Gateway, Number, OnReturn, Role, Snat, Tier, Weight
from app.model.events.event import LoggedEvent
from app.model.facts import Link
from app.model.rule import MOST_RULES, Dscp, IfDown, Ports, Protocol, TrafficRule
from app.model.status import Status
from app.model.way import Way
from app.service.preview import Preview
from app.service.revisions import SavedRevision
from app.web.views.summary import Level


class _Body(BaseModel):
    """Closed to fields that it does not know: a misspelt one must not be ignored."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that were sent, by name; what was not sent stays as it is."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class GatewayBody(_Body):
    """A gateway, or a change to one. What is left out has its default, or stays as it is."""

    name: Label | None = None
    interface: InterfaceName | None = None
    address: HostAddress | None = Field(None, description="null: from the interface's DHCP or PPP client")
    far: bool | None = None
    weight: Weight | None = None
    tier: Tier | None = Field(None, description="1 first: new connections use the lowest tier that works")
    on_return: OnReturn | None = Field(None, description="what its connections do when a better tier is back")
    enabled: bool | None = None
    cut: bool | None = Field(None, description="with enabled false: treat it as dead at once")
    source: HostAddress | None = None
    snat: Snat | None = None
    checks: Checks | None = Field(None, description="null: the checks for all")
    timing: TimingOverrides | None = None


class RuleBody(_Body):
    """A traffic rule, or a change to one. What is left out matches everything, or stays as it is.

    It leads to one `gateway`, to one `tier`, or (neither) is balanced.
    """

    name: Label | None = None
    enabled: bool | None = None
    source: Network | None = None
    mac: MacAddress | None = None
    interface: InterfaceName | None = Field(None, description="where it comes in")
    destination: Network | None = None
    protocol: Protocol | None = None
    ports: Ports | None = Field(None, description='of the destination; "80,443,8000-8100" will do too')
    source_ports: Ports | None = None
    dscp: Dscp | None = Field(None, description='a number, or a name like "EF"')
    gateway: Number | None = None
    tier: Tier | None = None
    if_down: IfDown | None = None
    place: int | None = Field(None, ge=1, le=MOST_RULES, description="where in the list, from 1")


class RuleOrder(_Body):
    """The numbers of all rules, in the order in which they are to be asked."""

    numbers: Annotated[tuple[int, ...], Field(max_length=MOST_RULES)]


class InterfaceBody(_Body):
    """The whole configuration of an interface."""

    role: Role
    managed: bool = False
    addresses: Annotated[tuple[InterfaceAddress, ...], Field(max_length=32)] = ()


class FailoverDocument(_Body):
    """What holds for all gateways."""

    enabled: bool
    checks: Checks
    timing: Timing
    all_down: AllDown
    clients: Clients
    balancing: Balancing


class GatewayPlan(GatewayBody):
    """A gateway to be added, or with `number` a change to one."""

    number: int | None = None


class InterfacePlan(InterfaceBody):
    """An interface as it would be."""

    name: InterfaceName


class RulePlan(RuleBody):
    """A rule to be added, or with `number` a change to one."""

    number: int | None = None


class PlanBody(_Body):
    """One or more proposed changes, applied in this order."""

    configuration: dict[str, Any] | None = Field(None, description="a whole document, as GET /configuration gives it")
    restore: int | None = Field(None, ge=1, le=10**9, description="the number of a revision")
    interface: InterfacePlan | None = None
    gateway: GatewayPlan | None = None
    remove_gateway: int | None = None
    failover: FailoverDocument | None = None
    rule: RulePlan | None = None
    remove_rule: int | None = None
    order: RuleOrder | None = None


class FieldChangeDocument(BaseModel):
    """One field that differs."""

    path: str
    what: str
    before: str
    after: str


class PlanDocument(BaseModel):
    """What a change would do: a sentence, the fields, and the kernel's changes in the words of ip, sysctl and nft."""

    sentence: str
    warnings: tuple[str, ...]
    fields: tuple[FieldChangeDocument, ...]
    changes: tuple[str, ...]
    pending: tuple[str, ...]

    @classmethod
    def of(cls, plan: Preview) -> "PlanDocument":
        """The document of a preview."""
        fields = tuple(FieldChangeDocument(**asdict(one)) for one in plan.fields)
        return cls(
            sentence=plan.sentence, warnings=plan.warnings, fields=fields, changes=plan.changes, pending=plan.pending
        )


class RevisionDocument(BaseModel):
    """One revision. Neither confirmed nor returned: it waits, or another one took its place first."""

    number: int
    at: datetime
    author: str
    origin: str
    address: str
    note: str
    confirmed: bool
    confirmed_by: str
    returned: bool
    window_s: int | None
    returns_to: int | None

    @classmethod
    def of(cls, saved: SavedRevision) -> "RevisionDocument":
        """The document of a line of the history."""
        return cls(**asdict(saved))


class RevisionPage(BaseModel):
    """A page of the history, newest first; `next`: ask for what is `before` it."""

    items: tuple[RevisionDocument, ...]
    next: int | None


class ChangeDocument(BaseModel):
    """What a revision changed against the one before it; `meant` null: that is not kept any more."""

    revision: RevisionDocument
    before: int | None
    meant: PlanDocument | None


class ConfirmBody(_Body):
    """The key that came with the answer that saved."""

    key: Annotated[str, Field(max_length=200)]


class StatusDocument(BaseModel):
    """The router at a glance. `status` null: the worker has not spoken yet.

    While `worker_silent` the level is unknown, and `status` what was said last.
    """

    level: Level
    summary: str
    worker_silent: bool
    last_word_age_s: float
    revision: int = Field(description="the newest one; status says which is in force")
    status: Status | None


class GatewayList(BaseModel):
    """All gateways of a revision, in one page: there are 127 at most."""

    revision: int
    items: tuple[Gateway, ...]
    next: None = None


class DoubtDocument(BaseModel):
    """What is allowed and yet doubtful, under the field's path."""

    field: str
    message: str


class RuleList(BaseModel):
    """All rules in their order, in one page: there are 1,000 at most. `doubts`: which can never decide, and why."""

    revision: int
    items: tuple[TrafficRule, ...]
    doubts: tuple[DoubtDocument, ...]
    next: None = None


class WayDocument(BaseModel):
    """Which way a new connection would go, in sentences and in numbers. `rule`: the one that decides, if any."""

    summary: str
    rule: str | None
    way: Way


class InterfaceDocument(BaseModel):
    """A network device: as configured, and as observed (null: absent)."""

    name: str
    role: Role
    managed: bool
    addresses: tuple[InterfaceAddress, ...]
    gateways: tuple[int, ...]
    observed: Link | None


class InterfaceList(BaseModel):
    """All devices in one page."""

    revision: int
    items: tuple[InterfaceDocument, ...]
    next: None = None


class EventPage(BaseModel):
    """A page of the event log, newest first; `next` is the cursor of the page after it."""

    items: tuple[LoggedEvent, ...]
    next: str | None


class Health(BaseModel):
    """Whether the panel and the worker are alive."""

    panel: Literal["alive"]
    worker: Literal["alive", "silent"]
    last_word_age_s: float
