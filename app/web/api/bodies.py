"""Request and response bodies of the API, beside the domain's own classes."""

from collections.abc import Callable, Collection
from dataclasses import asdict
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from app.model.about import Setting, settings_of
from app.model.base import InterfaceAddress, InterfaceName
from app.model.choices import Balancing, Role
from app.model.config import Failover, Gateway, Interface
from app.model.events.event import LoggedEvent
from app.model.facts import Link
from app.model.guard import Guard
from app.model.leg import IPv4Leg, with_leg
from app.model.rule import MOST_RULES, TrafficRule
from app.model.status import Status
from app.model.way import Way
from app.service.preview import Preview
from app.store.revisions import SavedRevision
from app.web.views.summary import Level

B = TypeVar("B", bound="_Body")


class _Body(BaseModel):
    """A request body that rejects unknown fields, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that were sent, by name; what was not sent stays as it is."""
        sent = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        return {name: value.given() if isinstance(value, _Body) else value for name, value in sent.items()}


def _left_out(_setting: Setting) -> Any:
    """Fields of a partial change: fields that are not sent stay as they are."""
    return None


def _as_by_default(setting: Setting) -> Any:
    """Fields of a replacement: fields that are not sent get their default."""
    return setting.default if setting.has_default else ...


def _needed(_setting: Setting) -> Any:
    """Fields of a complete document: all are required."""
    return ...


def _with_settings(
    source: type, default: Callable[[Setting], Any], *, but: Collection[str] = ()
) -> Callable[[type[B]], type[B]]:
    """Add to a body every setting of a domain class that the body does not declare."""

    def extended(cls: type[B]) -> type[B]:
        fields: dict[str, Any] = {}
        for one in settings_of(source):
            if one.name not in but and one.name not in cls.model_fields:
                value = default(one)
                annotation = one.annotation | None if value is None else one.annotation
                fields[one.name] = (annotation, Field(value, description=_description(one)))
        return create_model(cls.__name__, __base__=cls, __module__=cls.__module__, __doc__=cls.__doc__, **fields)

    return extended


def _description(setting: Setting) -> str:
    nothing = f"null: {setting.about.empty}" if setting.optional and setting.about.empty else ""
    return " ".join(filter(None, [setting.about.title, setting.about.help, nothing]))


@_with_settings(IPv4Leg, _left_out)
class IPv4LegBody(_Body):
    """How a gateway is reached in IPv4. What is left out has its default, or stays as it is."""


@_with_settings(Gateway, _left_out, but={"number"})
class GatewayBody(_Body):
    """A gateway, or a change to one. What is left out has its default, or stays as it is."""

    ipv4: IPv4LegBody | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_before_legs(cls, given: object) -> object:
        """Take what programs sent before there were legs."""
        return with_leg(given) if isinstance(given, dict) else given


@_with_settings(TrafficRule, _left_out, but={"number"})
class RuleBody(_Body):
    """A traffic rule, or a change to one. What is left out matches everything, or stays as it is.

    It leads to one `gateway`, to one `tier`, or (neither) is balanced.
    """

    place: int | None = Field(None, ge=1, le=MOST_RULES, description="position in the list, from 1")


class RuleOrder(_Body):
    """The numbers of all rules, in matching order."""

    numbers: Annotated[tuple[int, ...], Field(max_length=MOST_RULES)]


@_with_settings(Interface, _as_by_default, but={"name"})
class InterfaceBody(_Body):
    """The whole configuration of an interface."""

    role: Role


@_with_settings(Failover, _needed)
class FailoverDocument(_Body):
    """The failover settings of all gateways."""

    balancing: Balancing


@_with_settings(Guard, _needed)
class GuardDocument(_Body):
    """Which new connections from the Internet are accepted."""


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

    configuration: dict[str, Any] | None = Field(
        None, description="a complete document, as returned by GET /configuration"
    )
    restore: int | None = Field(None, ge=1, le=10**9, description="the number of a revision")
    interface: InterfacePlan | None = None
    gateway: GatewayPlan | None = None
    remove_gateway: int | None = None
    failover: FailoverDocument | None = None
    guard: GuardDocument | None = None
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
    """Preview of a change: a sentence, the fields, and the kernel changes in ip, sysctl and nft syntax."""

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


class RevisionPage(BaseModel):
    """A page of the history, newest first; `next` is the `before` of the page after it."""

    items: tuple[SavedRevision, ...]
    next: int | None


class ChangeDocument(BaseModel):
    """The changes of a revision against the one before it; `meant` null: that one is deleted."""

    revision: SavedRevision
    before: int | None
    meant: PlanDocument | None


class ConfirmBody(_Body):
    """The confirmation key from the response to the save."""

    key: Annotated[str, Field(max_length=200)]


class StatusDocument(BaseModel):
    """Status of the router. `status` null: the worker has not reported yet.

    While `worker_silent` the level is unknown, and `status` is the last report.
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


class WarningDocument(BaseModel):
    """A warning: a setting that is allowed and yet cannot work, by the field's path."""

    field: str
    message: str


class RuleList(BaseModel):
    """All rules in matching order, in one page (1,000 at most). `doubts`: warnings about rules that never match."""

    revision: int
    items: tuple[TrafficRule, ...]
    doubts: tuple[WarningDocument, ...]
    next: None = None


class WayDocument(BaseModel):
    """The path of a new connection, in sentences and in numbers. `rule`: the matching one, if any."""

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
