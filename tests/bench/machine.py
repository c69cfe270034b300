"""A machine with many gateways in a network namespace of its own, its configuration, and a reconciler at work on it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory

from app.kernel.linux import LinuxKernel
from app.model.choices import Role
from app.model.config import Config, Gateway, Interface
from app.model.leg import IPv4Leg
from app.model.verdict import State, Verdict
from app.worker.memory import Memory
from app.worker.reconciler import Reconciler
from tests.kernel.namespace import Namespace
from tests.legs import in_ipv4


@contextmanager
def machine(gateways: int) -> Iterator[Namespace]:
    """One device with an address for each gateway, and a LAN."""
    namespace = Namespace()
    try:
        for n in range(1, gateways + 1):
            namespace.ip(
                f"link add w{n} type veth peer name far{n}",
                f"link set far{n} up",
                f"link set w{n} up",
                f"address add 10.{n}.0.2/24 dev w{n}",
            )
        yield namespace
    finally:
        namespace.close()


def configuration(gateways: int) -> Config:
    """So many ISPs, all alike."""
    numbers = range(1, gateways + 1)
    return Config(
        interfaces=tuple(Interface(name=f"w{n}", role=Role.WAN) for n in numbers),
        gateways=tuple(
            Gateway(number=n, name=f"ISP {n}", interface=f"w{n}", ipv4=IPv4Leg(address=IPv4Address(f"10.{n}.0.1")))
            for n in numbers
        ),
    )


async def reconciled_ms(config: Config, runs: int) -> tuple[list[float], list[float]]:
    """How long it takes to find that nothing is to be done, and to do one change (another weight), each so often.

    What the worker does for every event: look at the machine, plan, compare, change, look again.
    """
    verdicts = {
        one.number: Verdict(state=State.UP, reason="", since=datetime.now(UTC), carries=True) for one in config.gateways
    }
    wans = {one.interface for one in config.gateways}
    heavier = replace(config, gateways=(replace(config.gateways[0], weight=2), *config.gateways[1:]))
    kernel = LinuxKernel()
    with TemporaryDirectory() as directory:
        memory = Memory(Path(directory) / "state.db")
        memory.open()
        reconciler = Reconciler(kernel, memory)

        async def once(wanted: Config) -> tuple[float, int]:
            started_s = time.perf_counter()
            outcome = await reconciler.settle(wanted, await kernel.facts(wans), in_ipv4(verdicts))
            if outcome.rejected:
                raise AssertionError(outcome.rejected)
            return 1000 * (time.perf_counter() - started_s), len(outcome.changed)

        try:
            await once(config)
            idle = [await once(config) for _ in range(runs)]
            busy = [await once(heavier if run % 2 == 0 else config) for run in range(runs)]
        finally:
            await kernel.close()
            await memory.close()
    assert {changes for _, changes in idle} == {0}
    assert 0 not in {changes for _, changes in busy}
    return [ms for ms, _ in idle], [ms for ms, _ in busy]


def reconciling_ms(namespace: Namespace, gateways: int, runs: int) -> tuple[list[float], list[float]]:
    """`reconciled_ms` inside this machine."""
    return namespace.call(lambda: asyncio.run(reconciled_ms(configuration(gateways), runs)))
