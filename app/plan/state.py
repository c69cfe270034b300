"""What Multihome owns in the kernel, as values: what is wanted and what is observed have the same types.

A value compares equal exactly when the kernel would do the same with it; handles, indexes and counters are not in it.
A further kind of object is a class in `app/plan/objects`, its operations in `app/kernel`, and a line in `LinuxKernel`.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, auto
from typing import ClassVar, Self, TypeVar, cast

from app.model.family import Family
from app.model.leg import LegId


class Phase(IntEnum):
    """The order of changes, which never lets a packet out wrongly.

    Leaving comes before everything (a dead gateway gets no new flow), joining after everything (numbers, SNAT and the
    sets `dead` and `away` are right before the first flow arrives). Last goes what is no longer wanted, rules first.
    """

    SETTINGS = auto()  # without effect on routes that exist
    ADDRESSES = auto()
    LEAVE = auto()  # gateways leave the balanced tables
    NFTABLES = auto()
    GATEWAY_TABLES = auto()
    RULES = auto()
    SETS = auto()  # `dead` and `away`
    JOIN = auto()  # gateways join the balanced tables
    RULES_GONE = auto()
    ROUTES_GONE = auto()
    NFTABLES_GONE = auto()
    ADDRESSES_GONE = auto()


class KernelObject(ABC):
    """One object in the kernel.

    `thing`: what people call this kind. `listed`: where a listing shows it, lower numbers first. `inside`: the kind of
    object that it is a part of, and goes with. `commands` and `phases`: how and when it is put, and how and when it is
    removed; no phase: it stays when it is no longer wanted.
    """

    __slots__ = ()
    thing: ClassVar[str]
    listed: ClassVar[int]
    commands: ClassVar[tuple[str, str]]
    phases: ClassVar[tuple[Phase, Phase | None]]
    inside: ClassVar["type[KernelObject] | None"] = None

    @property
    def key(self) -> Hashable:
        """Of several objects of one kind with the same key the kernel uses one: putting one replaces the other."""
        return self

    @property
    def identity(self) -> Hashable:
        """What tells it from every other object of any kind, whatever its value is at the moment."""
        return type(self), self.key

    @property
    def order(self) -> tuple[object, ...]:
        """Its place among changes of the same phase. A key that has no order of its own needs another."""
        return (self.key,)

    @property
    def place(self) -> tuple[object, ...]:
        """Its place in a listing, among its kind."""
        return self.order

    @property
    @abstractmethod
    def line(self) -> str:
        """The object as `ip`, `sysctl` or `nft` would list it (a ruleset: its first line)."""

    def command(self, *, put: bool) -> str:
        """What a person would type to put or remove it. See `app.plan.render.describe`."""
        return f"{self.commands[0 if put else 1]} {self.line}"

    def put_phase(self, before: Self | None) -> Phase:  # noqa: ARG002
        """When it is put in place of `before`, which has the same identity; None: there is none."""
        return self.phases[0]

    def remove_phase(self) -> Phase | None:
        """When it is removed; None: never."""
        return self.phases[1]

    @property
    def is_default(self) -> bool:
        """Whether it is there by itself as soon as what it is inside of is there."""
        return False


class FamilyObject(KernelObject):
    """An object of one family of addresses. `ip` has to be told of IPv6, and so has a person who reads a listing."""

    __slots__ = ()

    @property
    @abstractmethod
    def family(self) -> Family:
        """Its family, which is part of its identity: the objects of two families never meet."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What `ip` takes behind the command."""

    @property
    def line(self) -> str:
        """See KernelObject."""
        return f"{self.family.option}{self.words}"

    def command(self, *, put: bool) -> str:
        """See KernelObject."""
        program, verb = self.commands[0 if put else 1].split(" ", 1)
        return f"{program} {self.family.option}{verb} {self.words}"


Kind = TypeVar("Kind", bound=KernelObject)


@dataclass(frozen=True, slots=True)
class Put:
    """Make this item be there, in place of whatever has its identity."""

    item: KernelObject


@dataclass(frozen=True, slots=True)
class Remove:
    """Make this item be gone."""

    item: KernelObject


Change = Put | Remove


class KernelState:
    """Objects of ours in the kernel; each identity once. Immutable."""

    __slots__ = ("_kinds",)

    def __init__(self, objects: Iterable[KernelObject] = ()) -> None:
        # By key, so that no ruleset of a thousand rules is hashed.
        self._kinds: dict[type[KernelObject], dict[Hashable, KernelObject]] = {}
        for one in objects:
            self._kinds.setdefault(type(one), {})[one.key] = one

    def __iter__(self) -> Iterator[KernelObject]:
        return (one for kind in self._kinds.values() for one in kind.values())

    def __contains__(self, one: KernelObject) -> bool:
        return self.like(one) == one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KernelState) and self._kinds == other._kinds

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"KernelState({list(self)})"

    def unlike(self, other: "KernelState") -> Iterator[tuple[KernelObject, KernelObject | None]]:
        """Each object that `other` does not hold as it is here, and what it holds in its place."""
        for kind, objects in self._kinds.items():
            held = other._kinds.get(kind, {})
            if objects != held:  # mostly not, and this is the fast way to see it
                places = ((one, held.get(key)) for key, one in objects.items())
                yield from ((one, there) for one, there in places if one != there)

    def like(self, one: Kind) -> Kind | None:
        """What has the identity of `one`, whatever its value."""
        return cast("Kind | None", self._kinds.get(type(one), {}).get(one.key))

    def of(self, kind: type[Kind]) -> frozenset[Kind]:
        """Every object of a kind."""
        return frozenset(cast("Iterable[Kind]", self._kinds.get(kind, {}).values()))

    def only(self, kind: type[Kind]) -> Kind | None:
        """The object of a kind that there is one of at most; None: there is none."""
        return cast("Kind | None", next(iter(self._kinds.get(kind, {}).values()), None))

    def after(self, changes: Iterable[Change]) -> "KernelState":
        """What is there once these changes are made."""
        objects = {one.identity: one for one in self}
        for change in changes:
            objects.pop(change.item.identity, None)
            if isinstance(change, Put):
                objects[change.item.identity] = change.item
        return KernelState(objects.values())


@dataclass(frozen=True, slots=True)
class Scope:
    """What is ours to look at: routing tables, managed interfaces' addresses, sysctls. Rules and nft need no scope.

    `families`: those of the addresses, rules and routes.
    """

    tables: frozenset[int] = frozenset()
    managed: frozenset[str] = frozenset()
    sysctls: frozenset[str] = frozenset()
    families: tuple[Family, ...] = (Family.IPV4,)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the configuration asks for and the machine cannot hold now: not drift, and not an error.

    `subject` is `gateways.2` or `interfaces.eth3`.
    """

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """Which gateways are used in one family, by number.

    `usable` may carry new traffic; the balanced table holds the `members`: the usable ones of the lowest tier that has
    any, or with none usable all that the kernel can hold (*all down*). `refusing`: none is, and new flows are rejected
    at once.
    """

    usable: tuple[int, ...] = ()
    members: tuple[int, ...] = ()
    refusing: bool = False

    @property
    def standby(self) -> tuple[int, ...]:
        """The numbers that could carry new traffic and do not, because a better tier does."""
        return tuple(number for number in self.usable if number not in self.members)


@dataclass(frozen=True, slots=True)
class Desired:
    """What a revision means for the kernel at this moment. `use`: which gateways are used, by family."""

    state: KernelState
    scope: Scope
    use: Mapping[Family, Use] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()

    def of(self, family: Family) -> Use:
        """Which gateways are used in this family; none where the configuration does not use it."""
        return self.use.get(family, Use())

    @property
    def usable(self) -> tuple[int, ...]:
        """The gateways that may carry new traffic in any family, by number."""
        return tuple(sorted({number for one in self.use.values() for number in one.usable}))

    @property
    def members(self) -> tuple[int, ...]:
        """The gateways that a balanced table of any family holds, by number."""
        return tuple(sorted({number for one in self.use.values() for number in one.members}))

    @property
    def standby(self) -> tuple[int, ...]:
        """The gateways that stand by and carry new traffic in no family."""
        return tuple(number for number in self.usable if number not in self.members)

    @property
    def carrying(self) -> tuple[LegId, ...]:
        """The legs that a balanced table holds."""
        return tuple(LegId(number, family) for family, one in self.use.items() for number in one.members)

    @property
    def resting(self) -> tuple[LegId, ...]:
        """The legs that stand by."""
        return tuple(LegId(number, family) for family, one in self.use.items() for number in one.standby)

    @property
    def refusing(self) -> bool:
        """Whether new flows of any family are rejected at once."""
        return any(one.refusing for one in self.use.values())
