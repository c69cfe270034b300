"""What Multihome owns in the kernel, as values: desired and observed objects have the same types.

Two values are equal exactly when the kernel treats them the same; handles, indexes and counters are left out. A new
kind of object is a class in `app/plan/objects`, its operations in `app/kernel`, and a line in `LinuxKernel`.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, auto
from typing import ClassVar, Self, TypeVar, cast

from app.model.family import Family
from app.model.leg import LegId


class Phase(IntEnum):
    """The order of changes, chosen so that no packet ever leaves through a wrong gateway.

    Leaving comes first (a dead gateway gets no new flow), joining last (numbers, SNAT and the sets `dead` and `away`
    are right before the first flow arrives). Then unwanted objects are removed, rules first.
    """

    SETTINGS = auto()  # no effect on existing routes
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

    `thing`: the name of this kind for people. `listed`: its place in listings, lower numbers first. `inside`: the kind
    of object that contains it and is removed with it. `commands` and `phases`: how and when it is put and removed;
    without a phase it stays when it is no longer wanted.
    """

    __slots__ = ()
    thing: ClassVar[str]
    listed: ClassVar[int]
    commands: ClassVar[tuple[str, str]]
    phases: ClassVar[tuple[Phase, Phase | None]]
    inside: ClassVar["type[KernelObject] | None"] = None

    @property
    def key(self) -> Hashable:
        """The kernel holds one object of a kind for each key: putting another replaces it."""
        return self

    @property
    def identity(self) -> Hashable:
        """Identifies it among all objects of all kinds, independent of its value."""
        return type(self), self.key

    @property
    def order(self) -> tuple[object, ...]:
        """Its place among changes of the same phase. Override this if the key cannot be sorted."""
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
        """The command that a person would type to put or remove it. See `app.plan.render.describe`."""
        return f"{self.commands[0 if put else 1]} {self.line}"

    def put_phase(self, before: Self | None) -> Phase:  # noqa: ARG002
        """The phase in which it replaces `before`, an object of the same identity; None: there is none."""
        return self.phases[0]

    def remove_phase(self) -> Phase | None:
        """The phase in which it is removed; None: never."""
        return self.phases[1]

    @property
    def is_default(self) -> bool:
        """Whether it exists by itself as soon as its container exists."""
        return False


class FamilyObject(KernelObject):
    """An object of one address family. `ip` needs an option for IPv6, and so do listings."""

    __slots__ = ()

    @property
    @abstractmethod
    def family(self) -> Family:
        """Its family, a part of its identity: objects of two families never conflict."""

    @property
    @abstractmethod
    def words(self) -> str:
        """The arguments of `ip` after the command."""

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
    """Put this item in place of any other with its identity."""

    item: KernelObject


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove this item."""

    item: KernelObject


Change = Put | Remove


class KernelState:
    """Multihome's objects in the kernel, each identity once. Immutable."""

    __slots__ = ("_kinds",)

    def __init__(self, objects: Iterable[KernelObject] = ()) -> None:
        # By key, to avoid hashing a ruleset of a thousand rules.
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
        """Each object that `other` lacks or holds with another value, and that other value."""
        for kind, objects in self._kinds.items():
            held = other._kinds.get(kind, {})
            if objects != held:  # usually equal, and this comparison is fast
                places = ((one, held.get(key)) for key, one in objects.items())
                yield from ((one, there) for one, there in places if one != there)

    def like(self, one: Kind) -> Kind | None:
        """The object with the identity of `one`, with any value."""
        return cast("Kind | None", self._kinds.get(type(one), {}).get(one.key))

    def of(self, kind: type[Kind]) -> frozenset[Kind]:
        """Every object of a kind."""
        return frozenset(cast("Iterable[Kind]", self._kinds.get(kind, {}).values()))

    def only(self, kind: type[Kind]) -> Kind | None:
        """The object of a kind of which there is at most one; None: there is none."""
        return cast("Kind | None", next(iter(self._kinds.get(kind, {}).values()), None))

    def after(self, changes: Iterable[Change]) -> "KernelState":
        """The state after these changes."""
        objects = {one.identity: one for one in self}
        for change in changes:
            objects.pop(change.item.identity, None)
            if isinstance(change, Put):
                objects[change.item.identity] = change.item
        return KernelState(objects.values())


@dataclass(frozen=True, slots=True)
class Scope:
    """What to observe: routing tables, addresses of managed interfaces, sysctls. Rules and nftables need no scope.

    `families`: those of the addresses, rules and routes.
    """

    tables: frozenset[int] = frozenset()
    managed: frozenset[str] = frozenset()
    sysctls: frozenset[str] = frozenset()
    families: tuple[Family, ...] = (Family.IPV4,)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the configuration requires and the machine cannot hold now. This is neither drift nor an error.

    `subject` is `gateways.2` or `interfaces.eth3`.
    """

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """Which gateways are used in one family, by number.

    `usable`: may carry new flows. `members`: in the balanced table: the usable ones of the lowest tier that has any, or
    with none usable all that the kernel can hold (*all down*). `refusing`: none is usable, and new flows are rejected
    at once.
    """

    usable: tuple[int, ...] = ()
    members: tuple[int, ...] = ()
    refusing: bool = False

    @property
    def standby(self) -> tuple[int, ...]:
        """The numbers of gateways that could carry new flows but do not, because a better tier does."""
        return tuple(number for number in self.usable if number not in self.members)


@dataclass(frozen=True, slots=True)
class Desired:
    """What a revision requires of the kernel now. `use`: which gateways are used, by family."""

    state: KernelState
    scope: Scope
    use: Mapping[Family, Use] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()

    def of(self, family: Family) -> Use:
        """Which gateways are used in this family; none if the configuration does not use the family."""
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
        """The gateways on standby, which carry new flows in no family."""
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


def diff(want: KernelState, have: KernelState) -> tuple[Change, ...]:
    """The changes in the order of `Phase`; empty exactly when the states agree."""
    changes: list[tuple[Phase, bool, str, tuple[object, ...], Change]] = []
    for one, before in want.unlike(have):
        if before is not None or not one.is_default:
            changes.append((one.put_phase(before), False, one.thing, one.order, Put(one)))
    for one, instead in have.unlike(want):
        phase = one.remove_phase()
        if instead is None and phase is not None:
            changes.append((phase, True, one.thing, one.order, Remove(one)))
    return tuple(change for *_, change in sorted(changes, key=lambda one: one[:4]))


def drifted(changes: Iterable[Change], before: KernelState) -> tuple[Change, ...]:
    """Those of `changes` that repair drift; `before` is what the kernel held after Multihome's last change.

    A repair puts back an object that was in place, or removes one that Multihome did not put there. Changes that
    configuration, facts or verdicts require are not repairs: their object was not there before, or is no longer wanted.
    """
    return tuple(
        change
        for change in changes
        if (change.item in before if isinstance(change, Put) else before.like(change.item) is None)
    )
