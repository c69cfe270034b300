"""A failover among many flows: deleting those of the dead ISP, and what new ones notice of it."""

import asyncio
import time
from collections.abc import Iterator

from app.kernel.contract import Protocols
from app.kernel.linux import LinuxKernel
from app.model.layout import mark
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.kernel.flows import UDP, Flows
from tests.kernel.namespace import Namespace
from tests.legs import ipv4

RUNS = 5
SIZES = (100, 5_000, 50_000)
BUDGET = Budget(150, Statistic.WORST)


def figures(effort: Effort) -> Iterator[Figure]:
    """Half of the flows are the dead ISP's; growth with their number is shown."""
    for size in SIZES:
        took = tuple(_deleting_ms(size // 2) for _ in range(effort.runs(RUNS)))
        yield Figure(f"{size // 2:,} of {size:,} flows deleted", "ms", took, BUDGET if size == SIZES[-1] else None)


def _deleting_ms(each: int) -> float:
    namespace = Namespace()
    try:
        # The table begins to track with the first rule that asks for a flow's state.
        namespace.nft(
            "add table ip t", "add chain ip t c { type filter hook input priority 0; }", "add rule ip t c ct state new"
        )
        return namespace.call(lambda: _made_and_deleted_ms(each))
    finally:
        namespace.close()


def _made_and_deleted_ms(each: int) -> float:
    flows = Flows()
    for number in (1, 2):
        flows.make(UDP, range(10_000, 10_000 + each), mark(number), client=f"192.168.7.{number}")
    flows.close()
    return asyncio.run(_deleted_ms(each))


async def _deleted_ms(each: int) -> float:
    kernel = LinuxKernel()
    try:
        started_s = time.perf_counter()
        gone = await kernel.forget_flows(ipv4(1), Protocols.MOVABLE)
        took_ms = 1000 * (time.perf_counter() - started_s)
    finally:
        await kernel.close()
    if gone != each:
        raise AssertionError(f"{gone} of {each} flows were deleted")
    return took_ms
