"""Many short TCP connections to the echo, each from a client to a place, with the source that the echo saw."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from lab.inside import echo, report
from lab.topology import isp_of


@dataclass(frozen=True, slots=True)
class Pair:
    """A client behind `host`, and a place on the Internet."""

    client: IPv4Address
    place: IPv4Address


@dataclass(frozen=True, slots=True)
class Connection:
    """One attempt. `source`: the address that the Internet host saw. `error`: empty after a reply."""

    client: IPv4Address
    place: IPv4Address
    source: IPv4Address | None
    error: str = ""

    @property
    def isp(self) -> int | None:
        """The number of the provider that carried it."""
        return None if self.source is None else isp_of(self.source)


async def connect_all(pairs: Sequence[Pair], *, concurrency: int, limit_s: float) -> list[Connection]:
    """One connection for each of `pairs`, in their order, at most `concurrency` at once."""
    slots = asyncio.Semaphore(concurrency)

    async def in_turn(pair: Pair) -> Connection:
        async with slots:
            return await connect(pair, limit_s=limit_s)

    return list(await asyncio.gather(*map(in_turn, pairs)))


async def connect(pair: Pair, *, limit_s: float) -> Connection:
    """Connect, read which source the echo saw, and close."""
    try:
        async with asyncio.timeout(limit_s):
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
                line.setblocking(False)
                line.bind((str(pair.client), 0))
                loop = asyncio.get_running_loop()
                await loop.sock_connect(line, (str(pair.place), echo.PORT))
                source, _, _ = echo.parse(await loop.sock_recv(line, 100))
    except TimeoutError:
        return Connection(pair.client, pair.place, None, f"no reply within {limit_s:g} s")
    except (OSError, ValueError) as failure:
        return Connection(pair.client, pair.place, None, str(failure) or type(failure).__name__)
    return Connection(pair.client, pair.place, source)


def pairs_of(words: Sequence[Sequence[str]]) -> list[Pair]:
    """Pairs as in a task: [client, place] each."""
    return [Pair(IPv4Address(client), IPv4Address(place)) for client, place in words]


def read(outcome: list[list[Any]]) -> list[Connection]:
    """What `main` reported."""
    return [
        Connection(IPv4Address(client), IPv4Address(place), IPv4Address(source) if source else None, error)
        for client, place, source, error in outcome
    ]


def main() -> None:
    """Do the task of this process and report it."""
    task = report.task()
    pairs = pairs_of(task["pairs"])
    done = asyncio.run(connect_all(pairs, concurrency=task["concurrency"], limit_s=task["limit_s"]))
    report.result(
        [[str(each.client), str(each.place), str(each.source) if each.source else None, each.error] for each in done]
    )


if __name__ == "__main__":
    main()
