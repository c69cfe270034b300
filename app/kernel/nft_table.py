"""Multihome's nftables table in the kernel: replaced, observed, counted. Libnftables blocks, so it has a thread.

After each change a digest of nft's listing is stored: listings are compared with listings, never with what was written.
A process that has just started has no digest, treats the table as altered and writes it again. That costs a few
milliseconds and loses neither packets nor counts.
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
    """The table after Multihome's last change, and the generation at which it was last seen unchanged."""

    generation: int
    ruleset: Ruleset
    digest: bytes
    sets: tuple[NumberSets, ...]


class NftTable:
    """The table `inet multihome`: the operations of it and of its sets.

    Everything happens in its one thread, except the quick check of observe() and the counters.
    """

    def __init__(self) -> None:
        self._glance = Channel(NETLINK_NETFILTER)
        self._channel = Channel(NETLINK_NETFILTER)
        self._nft: Any = None
        self._left: _Left | None = None
        self._pool: ThreadPoolExecutor | None = None
        # The gateways with counters in the written table; None: read them from the table.
        self.numbers: frozenset[int] | None = None
        self._ruled = False
        self.thread_id = 0

    async def put(self, what: str, one: Ruleset | NumberSets) -> None:
        """Replace the table by this ruleset in one transaction: counters keep their values, the sets their elements.

        Or replace the content of both sets at once. Raises KernelRejected, for sets also if there is no table.
        """
        if isinstance(one, Ruleset):
            await self._in_thread(lambda: self._put(what, one))
        else:
            await self._in_thread(lambda: self._put_sets(what, one))

    async def remove(self, what: str, one: Ruleset | NumberSets) -> None:
        """Delete the table with its content, or empty the sets."""
        if isinstance(one, Ruleset):
            await self._in_thread(lambda: self._remove(what))
        else:
            await self.put(what, NumberSets(family=one.family))

    async def observe(self, _scope: Scope, _names: Names) -> tuple[KernelObject, ...]:
        """The ruleset of the last change, or ALTERED, and the content of the sets; nothing without a table."""
        left = self._left_at(generation(self._glance)) if self._left is not None else None
        if left is not None:
            return left.ruleset, *left.sets
        return await self._in_thread(self._observe)

    async def flow_counts(self) -> dict[int, int]:
        """The values of the gateways' counters, by number; empty without a table."""
        return flow_counts(self._glance, self.numbers)

    async def rule_counts(self) -> dict[int, int]:
        """The values of the traffic rules' counters, by number; empty without a table."""
        return rule_counts(self._glance) if self.numbers is None or self._ruled else {}

    async def close(self) -> None:
        """End the thread and close the sockets."""
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
        # If another program has committed meanwhile, the listing may include its change: list and write again.
        self._slim(ruleset)
        self._left = _Left(before + 1, ruleset, _digest(listing), _sets(listing)) if ours_alone else None

    def _slim(self, ruleset: Ruleset) -> None:
        """Free the memory of a thousand rules: libnftables keeps what it has read, and the allocator keeps freed
        memory.
        """
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
        """The table after Multihome's last change, if there was no commit since."""
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
        """nft's listing of the table, or None if there is none."""
        if not table_exists(self._channel):
            return None
        return self._run("nft list table", [{"list": {"table": TABLE}}])

    def _run(self, what: str, commands: list[Object]) -> list[Object]:
        """Run one transaction or query. Raises KernelRejected with the error of libnftables."""
        failed, output, error = self._nft.json_cmd({"nftables": commands})
        if failed:
            raise KernelRejected(f"{what}: {_reason(error)}")
        answer: list[Object] = output["nftables"] if output else []
        return answer


def _libnftables() -> Any:
    made = Nftables()
    # Numeric, because /etc/iproute2/rt_marks may have a name for one of these marks.
    made.set_numeric_symbol_output(True)
    return made


def _reason(error: str) -> str:
    """The error of libnftables, without positions in a text that does not exist, and each line once."""
    said = (line.partition("Error: ")[2].strip() for line in error.splitlines())
    return "; ".join(dict.fromkeys(filter(None, said))) or error.strip() or "refused without a reason"


def _digest(listing: Iterable[Object]) -> bytes:
    """A digest that is equal for equivalent listings: everything except handles, counts and the elements of the number
    sets.
    """
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
    """The numbers in the sets. Foreign elements are ignored here, but make the complete table ALTERED.

    Families without sets in the table are left out, except IPv4.
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
