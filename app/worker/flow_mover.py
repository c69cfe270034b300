"""Moves flows away from a gateway that is down, and back from a backup that is no longer needed.

See docs/kernel-contract.md, "Failover, in this order", 3 and 4.

Only outbound flows of that gateway are touched, and only once another gateway can take them. It runs as a task of its
own: resetting thousands of TCP connections takes seconds, and the next failover must not wait for that.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from app.errors import MultihomeError
from app.kernel.contract import Kernel, Protocols
from app.model.choices import Clients
from app.model.leg import LegId
from app.plan.rule_matcher import FlowKey

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0


Keeps = Callable[[FlowKey], bool]
# Created only when needed: reading a thousand rules takes milliseconds.
Resting = Callable[[], Keeps]


@dataclass(frozen=True, slots=True)
class MovedFlows:
    """How many flows of a leg moved to other gateways, and how many TCP connections were reset.

    `back`: the gateway is up and on standby, as a better tier carries new flows again.
    """

    leg: LegId
    flows: int
    told: int
    back: bool = False


class FlowMover:
    """Keeps the list of legs whose flows must move, until that is done. `tell` is called for each leg afterward.

    After a restart, the flows of legs that are down are moved again: an earlier worker may not have finished, and flows
    of a dead leg lose nothing. Backups are left alone then: their flows may be there because of a traffic rule.
    """

    def __init__(self, kernel: Kernel, tell: Callable[[MovedFlows], None]) -> None:
        self._kernel = kernel
        self._tell = tell
        self._dead: frozenset[LegId] = frozenset()
        self._done: frozenset[LegId] = frozenset()
        self._astray: frozenset[LegId] = frozenset()
        self._resting: Mapping[LegId, Resting] = {}
        self._carried: frozenset[LegId] = frozenset()
        self._avoided: frozenset[LegId] = frozenset()
        self._clients = Clients.TELL
        self._woken = asyncio.Event()

    def note(
        self,
        dead: frozenset[LegId],
        astray: frozenset[LegId],
        clients: Clients,
        resting: Mapping[LegId, Resting] | None = None,
    ) -> None:
        """Set what the kernel now holds. `dead`: the sets of nftables. `astray`: legs whose flows cannot continue
        (removed, or another ISP under the same number). `resting`: the backups that are on standby again and hand their
        flows back to a better tier, each with the flows that stay all the same.
        """
        self._dead, self._clients, self._resting = dead, clients, {} if resting is None else resting
        self._done &= dead
        self._astray |= astray
        self._carried -= astray
        self._woken.set()

    def carry(self, legs: Collection[LegId]) -> None:
        """Set the legs that carry new flows. One that goes on standby hands its flows back once."""
        self._carried |= frozenset(legs)
        self._avoided -= frozenset(legs)

    @property
    def is_settled(self) -> bool:
        """Whether all flows of gateways that are down have been handled."""
        return self._dead <= self._done

    async def forget(self, astray: frozenset[LegId]) -> None:
        """Delete stale flows before their gateway's table is rewritten: they would leave through it with an address
        that this router no longer has. `note` repeats this for flows that began in the meantime.
        """
        for leg in sorted(astray):
            await self._kernel.forget_flows(leg, Protocols.ALL)

    async def run(self) -> None:
        """Move flows whenever some have to move, until cancelled; retry after a failure."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._settle()
            except MultihomeError as error:
                log.warning("cannot move flows, retrying: %s", error)
                await asyncio.sleep(RETRY_S)
                self._woken.set()

    async def _settle(self) -> None:
        for leg in sorted(self._astray):
            await self.forget(frozenset({leg}))
            self._astray -= {leg}
        while owed := sorted(self._dead - self._done):
            await self._move(owed[0])
        while owed := sorted(self._resting.keys() & self._carried):
            await self._move_back(owed[0])

    async def _move(self, leg: LegId) -> None:
        """Delete the flows that can continue through another gateway, then reset the TCP connections, which cannot."""
        flows = await self._kernel.forget_flows(leg, Protocols.MOVABLE)
        told = await self._kernel.tell_clients(leg) if self._clients is Clients.TELL else 0
        # The gateway may have recovered meanwhile and fail again later: only one that is still down is finished.
        self._done |= {leg} & self._dead
        # A flapping line goes down again and again; until it has carried flows, that is the same failover.
        if leg not in self._avoided:
            log.info("gateway %d, %s: %d flows moved, %d TCP connections reset", *leg, flows, told)
            self._tell(MovedFlows(leg, flows, told))
        self._avoided |= {leg}

    async def _move_back(self, leg: LegId) -> None:
        """Release the flows of a backup. Flows that begin there afterward are there because of a traffic rule."""
        stays = self._resting[leg]()
        # Removed first, because the backup may take over and go on standby again meanwhile.
        self._carried -= {leg}
        try:
            released = await self._kernel.release_flows(leg, stays)
        except MultihomeError:
            self._carried |= {leg}
            raise
        if released.flows:
            moved = (*leg, released.flows, released.told)
            log.info("gateway %d, %s: %d flows moved back, %d TCP connections reset", *moved)
            self._tell(MovedFlows(leg, released.flows, released.told, back=True))
