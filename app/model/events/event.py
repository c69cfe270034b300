"""The base class of events, the registry of their kinds, and the entry of the event log."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, cast, dataclass_transform

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationInfo, computed_field

from app.model.base import tolerant

# One sentence: a row of the event log, a line of the journal.
LONGEST_TEXT: Final = 2000


class Topic(StrEnum):
    """A topic to filter the event log by."""

    ISPS = "isps"
    CONFIGURATION = "configuration"
    DRIFT = "drift"
    ACCESS = "access"
    WORKER = "worker"

    @property
    def label(self) -> str:
        """The topic's name for people."""
        return "ISPs" if self is Topic.ISPS else self.value.capitalize()


class Severity(StrEnum):
    """How much an event matters. All but INFO are warnings in the log; GOOD, WARNING and BAD have a color and icon."""

    INFO = "info"
    NOTICE = "notice"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


_ICONS: Final = {Severity.GOOD: "up", Severity.WARNING: "warning", Severity.BAD: "down"}

# Every kind, by the name that state.db, the audit, the journal and the API know it by.
KINDS: Final[dict[str, type["Event"]]] = {}


@dataclass_transform(frozen_default=True, eq_default=False)
class Event:
    """Something that has just happened. A class with a `kind` registers itself; classes that share a kind must agree in
    topic and icon.

    `icon`: one of templates/macros/icons.html. `words`: the sentence, formatted with the event as {0}; a class whose
    sentence has variants overrides `_text`. Fields that LoggedEvent also has are copied to it. `deed`: what the actor
    did, for rows without words. `opening`: sentences that begin with this get a capital letter on pages. Every class is
    a minimal dataclass, because each console command creates all of these classes.
    """

    kind: ClassVar[str]
    topic: ClassVar[Topic]
    icon: ClassVar[str]
    severity: ClassVar[Severity] = Severity.INFO
    words: ClassVar[str] = ""
    deed: ClassVar[str] = ""
    opening: ClassVar[str] = ""

    def __init_subclass__(cls, **said: str) -> None:
        if unknown := said.keys() - Event.__annotations__.keys():
            raise TypeError(f"{cls.__name__}: an event says nothing like {unknown}")
        for name, value in said.items():
            setattr(cls, name, value)
        dataclass(eq=False, repr=False)(cls)
        if hasattr(cls, "kind"):
            KINDS[cls.kind] = cls

    def logged(self, at: datetime) -> "LoggedEvent":
        """The entry for the event log."""
        kept = {one.name: getattr(self, one.name) for one in fields(LoggedEvent) if hasattr(self, one.name)}
        return LOGGED.validate_python({**kept, "at": at, "text": self.text, "severity": self._severity()})

    @property
    def text(self) -> str:
        """The event in a sentence."""
        return self._text()

    def _text(self) -> str:
        return self.words.format(self)

    def _severity(self) -> Severity:
        return self.severity

    @classmethod
    def _severity_in_0_1(cls, _text: str) -> Severity:
        """The severity of an event of version 0.1, which stored only kind and text."""
        return cls.severity


class WorkerEvent(Event, topic=Topic.WORKER, icon="worker"):
    """An event of the worker, in state.db. Unknown kinds are shown with its topic and icon."""


class AuditEvent(Event, topic=Topic.ACCESS, icon="key"):
    """A user's action, in the audit of config.db. Unknown kinds are shown with its topic and icon."""


def kind_of(kind: str, origin: str = "") -> type[Event]:
    """The class of a kind. For unknown kinds: a user's action has an origin, an event of the worker has none."""
    return KINDS.get(kind, AuditEvent if origin else WorkerEvent)


def _clipped(text: str) -> str:
    """The text, cut if it is too long: logging an event must never fail."""
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _known(severity: object, info: ValidationInfo) -> object:
    """The stored severity; for a row without a known one, the severity of its kind."""
    if severity in tuple(Severity):
        return severity
    kind = kind_of(info.data.get("kind", ""), info.data.get("origin", ""))
    return kind._severity_in_0_1(info.data.get("text", ""))


# A default that is no severity, so that `_known` uses that of the kind.
_UNSAID: Final = cast("Severity", "")
Text = Annotated[str, AfterValidator(_clipped)]


@tolerant
class LoggedEvent:
    """An entry of the event log: one sentence, and its figures. `number`: the gateway that it is about.

    `actor`, `origin` and `address`: who did it, through which interface (empty: the worker observed it) and from where.
    `detected_ms`: from the first lost probe to the verdict. `switched_ms`: from the verdict to routes without the
    gateway.
    """

    at: datetime
    kind: str
    text: Text
    actor: Text = ""
    origin: str = ""
    address: str = ""
    number: int | None = None
    layer: str | None = None
    revision: int | None = None
    detected_ms: float | None = None
    switched_ms: float | None = None
    flows_moved: int | None = None
    flows_told: int | None = None
    severity: Annotated[Severity, BeforeValidator(_known), Field(validate_default=True)] = _UNSAID

    @computed_field  # type: ignore[prop-decorator]
    @property
    def topic(self) -> Topic:
        """The topic that the event log is filtered by."""
        return kind_of(self.kind, self.origin).topic

    @property
    def icon(self) -> str:
        """The icon of its severity, or of its kind."""
        return _ICONS.get(self.severity, kind_of(self.kind, self.origin).icon)

    @property
    def headline(self) -> str:
        """The text as a sentence of its own: it gets a capital letter unless it begins with a name or a command."""
        opening = kind_of(self.kind, self.origin).opening
        return self.text[0].upper() + self.text[1:] if opening and self.text.startswith(opening) else self.text


LOGGED: Final = TypeAdapter(LoggedEvent)


@dataclass(frozen=True, slots=True)
class Kinds:
    """These kinds; with `others`, all except these, including kinds that only another version knows."""

    names: tuple[str, ...]
    others: bool = False


ALL_KINDS: Final = Kinds((), others=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of the event log are wanted. `gateway` None: of all. From `since` on, and before `until`."""

    topics: frozenset[Topic] = frozenset(Topic)
    gateway: int | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING: Final = Wanted()


def kinds_about(topics: Collection[Topic], family: type[Event]) -> Kinds:
    """The kinds of a family (WorkerEvent or AuditEvent) with these topics."""
    others = family.topic in topics
    members = ((name, kind) for name, kind in KINDS.items() if issubclass(kind, family))
    return Kinds(tuple(name for name, kind in members if (kind.topic in topics) is not others), others)
