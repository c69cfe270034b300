"""Revisions on trial, in tests: how long the machine has been up, a change that cuts people off, and who confirms."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Interface

from app.model.config import Config
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin
from app.service.confirming import Confirm
from app.service.edits.gateways import change_gateway
from app.worker.clock import Boot
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.worker.running import says, until

WINDOW_S = 20
KEY = "the key of the page that saved"
BY_PAGE = Confirm(WINDOW_S, session=1, key=KEY)
ANA = Author("tester", Origin.PANEL, "62.231.110.70")
AWAY = IPv4Interface("10.9.9.1/24")
OLD = IPv4Interface("62.231.110.65/26")


@dataclass
class Uptime:
    """How long the machine has been up, as a test wants it."""

    seconds: float = 1000.0
    boot_id: str = "this boot"

    @property
    def boot(self) -> Boot:
        return Boot(self.boot_id, lambda: self.seconds)


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def played() -> None:
        async with asyncio.timeout(120):
            await story()

    asyncio.run(played())


def with_lan(address: IPv4Interface, config: Config | None = None) -> Config:
    config = paper.config() if config is None else config
    lan = replace(config.interfaces[0], addresses=(address,))
    return replace(config, interfaces=(lan, *config.interfaces[1:]))


def weighted(weight: int) -> Config:
    return change_gateway(paper.config(), 1, {"weight": weight})


def lan(kernel: FakeKernel) -> set[IPv4Interface]:
    return {one.address for one in kernel.links["eth0"].addresses if isinstance(one.address, IPv4Interface)}


async def in_force(home: StateDirectory, number: int) -> None:
    await until(says(home, lambda seen: seen.in_force == number), f"revision {number} is in force")


async def tried(home: StateDirectory, number: int) -> None:
    """Wait until a revision is on trial and its time counts."""
    await until(
        says(home, lambda seen: seen.on_trial == number and seen.in_force_for_s is not None), f"{number} is tried"
    )


def confirm(home: StateDirectory, number: int, key: str = KEY) -> None:
    Configuration(home).confirm(number, author=ANA, session=1, key=key)
