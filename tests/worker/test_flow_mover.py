"""What is owed to the flows of a dead gateway, and how often that is told."""

import asyncio
from contextlib import suppress

from app.model.choices import Clients
from app.model.leg import LegId
from app.worker.flow_mover import FlowMover, MovedFlows
from tests.kernel.fake import FakeKernel, Flow
from tests.legs import ipv4
from tests.worker.running import until
from tests.worker.trying import play

NOBODY: frozenset[LegId] = frozenset()


def test_a_line_that_flaps_is_told_of_once_until_it_has_carried_something(kernel: FakeKernel) -> None:
    told: list[MovedFlows] = []

    async def story() -> None:
        moves = FlowMover(kernel, told.append)
        moving = asyncio.create_task(moves.run())

        async def dies(*flows: Flow) -> None:
            kernel.flows = [Flow(2), *flows]
            moves.note(frozenset({ipv4(1)}), NOBODY, Clients.TELL)
            await until(lambda: moves.is_settled, "its flows are dealt with")

        moves.carry({ipv4(1), ipv4(2)})
        await dies(Flow(1))
        for _ in range(3):
            moves.note(NOBODY, NOBODY, Clients.TELL)
            await dies()
        assert told == [MovedFlows(ipv4(1), 1, 0)]
        moves.note(NOBODY, NOBODY, Clients.TELL)
        await dies(Flow(1))
        assert kernel.flows == [Flow(2)], "what began there all the same goes on elsewhere"
        assert len(told) == 1
        moves.note(NOBODY, NOBODY, Clients.TELL)
        moves.carry({ipv4(1)})
        await dies(Flow(1), Flow(1, "tcp"))
        assert told[1:] == [MovedFlows(ipv4(1), 1, 1)], "it carried meanwhile"
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving

    play(story)
