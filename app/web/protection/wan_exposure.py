"""WAN exposure: whether a connection arrived on a WAN interface, and whether the panel is blocked there.

The panel decides this itself, in addition to the nftables rule that blocks it.

The worker installs that rule. It is missing before the worker's first pass and after a flush of the ruleset, and it
covers only new connections.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from app.errors import MultihomeError
from app.model.choices import Role
from app.model.config import Config
from app.model.facts import Facts
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.store.history import read_in_force
from app.store.reader import NOTHING, Revision
from app.web.links.worker_link import WorkerLink
from app.web.transport.addresses import parsed
from app.web.transport.arrival import LOOPBACK, Arrival

log = logging.getLogger(__name__)

# A read takes some milliseconds: too much for each connection of an attacker.
_READ_EVERY_S: Final = 1.0


class WanExposure:
    """Whether connections come from a WAN, by the configuration in force. Any thread may call it.

    In force, not newest: a change that was rolled back or is not applied yet must not lock users out.
    """

    def __init__(
        self,
        home: StateDirectory,
        configuration: Configuration,
        link: WorkerLink,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._configuration = configuration
        self._link = link
        self._monotonic = monotonic
        self._known = NOTHING
        self._read_s = float("-inf")

    def is_outside(self, arrival: Arrival) -> bool:
        """Whether a connection arrived on a `wan` interface or, if that is unknown, at an address of one."""
        config = self._config()
        if arrival.interface == LOOPBACK:
            return False
        if arrival.interface:
            return any(one.name == arrival.interface and one.role is Role.WAN for one in config.interfaces)
        status = self._link.status
        return is_outside(arrival.local, config, Facts() if status is None else status.facts)

    def is_hidden_from(self, arrival: Arrival) -> bool:
        """Whether the panel is blocked for this connection."""
        return not self._config().settings.panel.reachable_from_outside and self.is_outside(arrival)

    def _config(self) -> Config:
        """The configuration in force, read again only when the worker names another revision."""
        status, now_s = self._link.status, self._monotonic()
        is_known = status is not None and status.in_force == self._known.number
        if not is_known and now_s - self._read_s >= _READ_EVERY_S:
            self._read_s, self._known = now_s, self._read() or self._known
        return self._known.config

    def _read(self) -> Revision | None:
        """The revision that the worker last had in force, or else the newest; None if neither can be read."""
        for read in (partial(read_in_force, self._home.state_db), self._configuration.head):
            try:
                found = read()
            except MultihomeError as error:
                log.debug("cannot read the configuration in force: %s", error)
                continue
            if found is not None:
                return found
        return None


def is_outside(local: str | None, config: Config, facts: Facts) -> bool:
    """Whether a request arrived at an address of a `wan` interface."""
    address = parsed(local)
    outside = {one.name for one in config.interfaces if one.role is Role.WAN}
    observed = {one.address.ip for link in facts.links if link.name in outside for one in link.addresses}
    managed = {own.ip for one in config.interfaces if one.name in outside for own in one.addresses}
    return address in observed | managed
