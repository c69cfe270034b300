"""A network namespace of a test's own, and coroutines that run inside it.

A thread enters the namespace and runs the event loop there: sockets and threads that are made later are inside too,
and the test itself stays outside.
"""

import asyncio
import ctypes
import itertools
import os
import subprocess
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


class Namespace:
    """A network namespace that exists from here to close()."""

    def __init__(self) -> None:
        self.name = f"mhk{os.getpid()}-{next(_numbers)}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.ip("link set lo up")

    def close(self) -> None:
        subprocess.run(["ip", "netns", "del", self.name], check=True)

    def ip(self, *commands: str) -> str:
        """Run `ip` commands inside and give what they print."""
        batch = ["ip", "-n", self.name, "-batch", "-"]
        return subprocess.run(batch, input="\n".join(commands), text=True, check=True, capture_output=True).stdout

    def nft(self, *commands: str) -> str:
        return self.execute("nft", "-f", "-", given="\n".join(commands))

    def execute(self, *argv: str, given: str = "") -> str:
        whole = ["ip", "netns", "exec", self.name, *argv]
        return subprocess.run(whole, input=given, text=True, check=True, capture_output=True).stdout

    def call(self, work: Callable[[], T]) -> T:
        """Run this in a thread inside, and give what it gives."""
        outcome: list[T] = []
        failure: list[BaseException] = []

        def inside() -> None:
            try:
                self.enter()
                outcome.append(work())
            except BaseException as error:  # noqa: BLE001 - it is raised again in the test
                failure.append(error)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return outcome[0]

    def run(self, coroutine: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run this in an event loop inside, and give what it gives."""
        return self.call(lambda: asyncio.run(coroutine()))

    def enter(self) -> None:
        """Move this thread inside."""
        with Path(f"/run/netns/{self.name}").open("rb") as namespace:
            if _libc.setns(namespace.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"entering {self.name}")
