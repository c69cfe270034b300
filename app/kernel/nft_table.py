"""Our nftables table in the kernel: replaced, observed, counted. Libnftables blocks, so it has a thread.

What we left is remembered as a digest of nft's own listing, read back right after the change: a listing is compared
with a listing, never with what was written. A process that has just started remembers nothing, finds the table
altered, and writes it again, which costs a few milliseconds and loses neither packet nor count.
"""

import asyncio
import ctypes
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final, TypeVar

from nftables import Nftables

from app.errors import KernelRejected
from app.kernel.contract import ALTERED
from app.kernel.flow_counts import flow_counts, gateway_numbers, rule_counts
from app.kernel.links import Names
from app.kernel.netlink import NETLINK_NETFILTER, Channel
from app.kernel.nft_generation import generation, table_exists
from app.kernel.nft_json import TABLE, Object, as_listed, number_in, replacement
from app.kernel.nft_sets import change_sets
from app.model.family import Family
from app.plan.ruleset import NumberSets, Ruleset, set_name
from app.plan.state import KernelObject, Scope

T = TypeVar("T")


_NUMBER_SETS: Final = frozenset(name for family in Family for name in NumberSets(family=family).by_name)


@dataclass(frozen=True, slots=True)
class _Left:
    """How our last change left the table, and the generation at which it was last seen to be so."""

    generation: int
    ruleset: Ruleset
    digest: bytes
    sets: tuple[NumberSets, ...]


class NftTable:
    """The table `inet multihome`. The operations of it and of its sets.

    All but the first glance of observe() and the counters happens in its one thread.
    """

    def __init__(self) -> None:
        self._glance = Channel(NETLINK_NETFILTER)
        self._channel = Channel(NETLINK_NETFILTER)
        self._nft: Any = None
        self._left: _Left | None = None
        self._pool: ThreadPoolExecutor | None = None
        # The gateways that have counters, as far as we have written the table; None: as far as it says itself.
        self.numbers: frozenset[int] | None = None
        self._ruled = False
        self.thread_id = 0

    async def put(self, what: str, one: Ruleset | NumberSets) -> None:
        """Make the table this ruleset, in one transaction: counters keep their values, the sets their elements.

        Or make the sets hold these numbers, both at once. Raises KernelRejected, then also while there is no table.
        """
        if isinstance(one, Ruleset):
            await self._in_thread(lambda: self._put(what, one))
        else:
            await self._in_thread(lambda: self._put_sets(what, one))

    async def remove(self, what: str, one: Ruleset | NumberSets) -> None:
        """Delete the table and all that is in it, or empty the sets."""
        if isinstance(one, Ruleset):
            await self._in_thread(lambda: self._remove(what))
        else:
            await self.put(what, NumberSets(family=one.family))

    async def observe(self, _scope: Scope, _names: Names) -> tuple[KernelObject, ...]:
        """The ruleset as we left it, or ALTERED, and what is in the sets; nothing without a table."""
        left = self._left_at(generation(self._glance)) if self._left is not None else None
        if left is not None:
            return left.ruleset, *left.sets
        return await self._in_thread(self._observe)

    async def flow_counts(self) -> dict[int, int]:
        """What the named counters say, by gateway number; empty without a table."""
        return flow_counts(self._glance, self.numbers)

    async def rule_counts(self) -> dict[int, int]:
        """What the named counters of traffic rules say, by the rules' numbers; empty without a table."""
        return rule_counts(self._glance) if self.numbers is None or self._ruled else {}

    async def close(self) -> None:
        """End the thread and let go of the sockets."""
        self._glance.close()
        if self._pool is not None:
            await self._in_thread(self._end)
            self._pool.shutdown()
            self._pool = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="nft", initializer=self._begin)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _begin(self) -> None:
        self.thread_id = threading.get_native_id()
        self._nft = _libnftables()

    def _end(self) -> None:
        self._channel.close()
        self._nft = None

    def _put(self, what: str, ruleset: Ruleset) -> None:
        before = generation(self._channel)
        left = self._left_at(before)
        known = None if left is None else left.ruleset
        self._run(what, replacement(ruleset, self._listing() or () if known is None else as_listed(known), known))
        self.numbers = gateway_numbers(ruleset.counters)
        self._ruled = len(self.numbers) < len(ruleset.counters)
        listing = self._listing() or ()
        ours_alone = generation(self._channel) == before + 1
        # Had somebody else committed meanwhile, the listing might hold what they did: look again, and write again.
        self._slim(ruleset)
        self._left = _Left(before + 1, ruleset, _digest(listing), _sets(listing)) if ours_alone else None

    def _slim(self, ruleset: Ruleset) -> None:
        """Give back what a thousand rules took: libnftables keeps what it has read, and the allocator what is free."""
        if ruleset.maps:
            self._nft = _libnftables()
            with suppress(AttributeError):  # only glibc has it
                ctypes.CDLL(None).malloc_trim(0)

    def _remove(self, what: str) -> None:
        self._left = None
        if table_exists(self._channel):
            self._run(what, [{"delete": {"table": TABLE}}])

    def _put_sets(self, what: str, sets: NumberSets) -> None:
        before = generation(self._channel)
        left = self._left_at(before)
        present = left.sets if left is not None else _sets(self._listing() or ())
        wanted = sets.by_name
        there = next((one for one in present if one.family is sets.family), NumberSets(family=sets.family)).by_name
        if wanted == there:
            return
        change_sets(
            self._channel, what, ((name, wanted[name] - there[name], there[name] - wanted[name]) for name in wanted)
        )
        if left is not None and generation(self._channel) == before + 1:
            others = (one for one in present if one.family is not sets.family)
            self._left = replace(left, generation=before + 1, sets=(*others, sets))

    def _left_at(self, now: int) -> _Left | None:
        """How we left the table, if nobody has committed anything since."""
        return self._left if self._left is not None and self._left.generation == now else None

    def _observe(self) -> tuple[KernelObject, ...]:
        seen = generation(self._channel)
        listing = self._listing()
        if listing is None:
            return ()
        sets = _sets(listing)
        if self._left is None or _digest(listing) != self._left.digest or _has_strange_elements(listing):
            return ALTERED, *sets
        self._left = replace(self._left, generation=seen, sets=sets)
        return self._left.ruleset, *sets

    def _listing(self) -> list[Object] | None:
        """The table in nft's own words, or None if there is none."""
        if not table_exists(self._channel):
            return None
        return self._run("nft list table", [{"list": {"table": TABLE}}])

    def _run(self, what: str, commands: list[Object]) -> list[Object]:
        """Run one transaction, or one question. Raises KernelRejected with what libnftables has to say."""
        failed, output, error = self._nft.json_cmd({"nftables": commands})
        if failed:
            raise KernelRejected(f"{what}: {_reason(error)}")
        answer: list[Object] = output["nftables"] if output else []
        return answer


def _libnftables() -> Any:
    made = Nftables()
    # In place of a name that somebody may have given one of our marks in /etc/iproute2/rt_marks.
    made.set_numeric_symbol_output(True)
    return made


def _reason(error: str) -> str:
    """What libnftables says, without the places in a text that there was not, and each thing once."""
    said = (line.partition("Error: ")[2].strip() for line in error.splitlines())
    return "; ".join(dict.fromkeys(filter(None, said))) or error.strip() or "refused without a reason"


def _digest(listing: Iterable[Object]) -> bytes:
    """What makes two listings mean the same: everything but handles, counts and the elements of our sets."""
    digest = blake2b(digest_size=16)
    for entry in listing:
        for kind, one in entry.items():
            if kind != "metainfo":
                fluid = {"handle", "packets", "bytes"} | ({"elem"} if _is_number_set(kind, one) else set())
                digest.update(json.dumps([kind, {k: v for k, v in one.items() if k not in fluid}]).encode())
    return digest.digest()


def _is_number_set(kind: str, one: Object) -> bool:
    return kind == "set" and one["name"] in _NUMBER_SETS


def _sets(listing: Iterable[Object]) -> tuple[NumberSets, ...]:
    """The numbers in our sets. What is in them besides is not told here, but makes the whole table ALTERED.

    Those of a family that the table has no sets of are left out, but for IPv4's.
    """
    found: dict[str, frozenset[int]] = {}
    for name, elements in _elements(listing):
        numbers = (number_in(one) for one in elements)
        found[name] = frozenset(one for one in numbers if one is not None)
    sets = (
        NumberSets(
            dead=found.get(set_name("dead", family), frozenset()),
            away=found.get(set_name("away", family), frozenset()),
            family=family,
        )
        for family in Family
        if family is Family.IPV4 or set_name("dead", family) in found
    )
    return tuple(sets)


def _has_strange_elements(listing: Iterable[Object]) -> bool:
    return any(number_in(one) is None for _, elements in _elements(listing) for one in elements)


def _elements(listing: Iterable[Object]) -> Iterator[tuple[str, Sequence[object]]]:
    """The elements of Multihome's number sets in a listing, with the name of each set."""
    for entry in listing:
        for kind, one in entry.items():
            if _is_number_set(kind, one):
                yield one["name"], one.get("elem", ())
