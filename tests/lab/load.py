"""Load from the office while something else happens: new connections without a pause, in a thread of their own."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from lab.inside.connections import Connection, Pair
from lab.lab import Lab
from lab.measures import pairs
from lab.waiting import wait_until

AT_ONCE = 10
# A round is short, so that the load ends soon after it is told to.
ROUND = 400


class NewConnections:
    """New connections over all clients and places for as long as the block lasts; `done` are those that ended."""

    def __init__(self, lab: Lab, wanted: Sequence[Pair] = ()) -> None:
        self._lab = lab
        self._wanted = wanted or pairs(ROUND)
        self._ending = threading.Event()
        self._failure: BaseException | None = None
        self.done: list[Connection] = []
        self._thread = threading.Thread(target=self._go_on, name="new connections", daemon=True)

    @property
    def failed(self) -> list[str]:
        """What went wrong with those that were not answered."""
        return [f"{one.client} to {one.place}: {one.error}" for one in self.done if one.error]

    def wait_for_more(self) -> None:
        """Return once a whole round was made that began after this call."""
        known = len(self.done) + 2 * len(self._wanted)
        wait_until(lambda: len(self.done) >= known or self._failure, "two more rounds of connections", 30)

    def _go_on(self) -> None:
        try:
            while not self._ending.is_set():
                self.done += self._lab.connections(self._wanted, concurrency=AT_ONCE)
        except BaseException as failure:  # noqa: BLE001 raised in the test's own thread, by __exit__
            self._failure = failure

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        if self._failure is not None and value is None:
            raise self._failure
