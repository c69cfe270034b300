"""The last known state of objects: an event that only repeats it is ignored."""

from collections.abc import Collection, Iterable

from app.model.facts import Facts, Link, Neighbor
from app.model.family import IPAddress
from app.plan.objects.sysctl import Sysctl

_Gist = tuple[str, bool, bool, str, int]


class LastSeen:
    """Links, neighbors and settings as last seen. Events of routes and rules name the program, so they need no
    comparison.
    """

    def __init__(self) -> None:
        self._links: dict[int, _Gist] = {}
        self._neighbors: dict[tuple[str, IPAddress], Neighbor] = {}
        self._wans: Collection[str] | None = None
        self._sysctls: dict[str, str] = {}

    def learn(self, facts: Facts, wans: Collection[str] | None) -> None:
        """Store what was just observed. From now on only neighbors on `wans` (None: on all) matter."""
        self._links = {one.index: _gist(one) for one in facts.links}
        self._neighbors = {(one.interface, one.address): one for one in facts.neighbors}
        self._wans = wans

    def learn_sysctls(self, found: Iterable[Sysctl]) -> None:
        """Store settings that were just read or are about to be written."""
        self._sysctls.update((one.path, one.value) for one in found)

    def news_of_link(self, link: Link) -> bool:
        """Whether a relevant property of this device has changed; stores it."""
        before = self._links.get(link.index)
        self._links[link.index] = _gist(link)
        return before != _gist(link)

    def news_of_neighbor(self, one: Neighbor) -> bool:
        """Whether a next hop has begun or stopped to reply, or has another hardware address."""
        if self._wans is not None and one.interface not in self._wans:
            return False
        before = self._neighbors.get((one.interface, one.address))
        self._neighbors[one.interface, one.address] = one
        return before is None or (before.mac, before.failed) != (one.mac, one.failed)

    def news_of_sysctl(self, one: Sysctl) -> bool:
        """Whether a setting that was read or written before has another value."""
        return one.path in self._sysctls and self._sysctls[one.path] != one.value

    def forget(self) -> None:
        """Forget everything, because events were lost: the next event of each object counts as new."""
        self._links.clear()
        self._neighbors.clear()


def _gist(link: Link) -> _Gist:
    return link.name, link.up, link.carrier, link.mac, link.mtu
