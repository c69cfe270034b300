"""The socket that changes addresses, rules, routes and neighbors: pyroute2's encoding, Multihome's errors.

pyroute2 opens its socket lazily, in the network namespace and for the event loop of the first request.
"""

import asyncio
import errno
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

from app.errors import KernelRejected, KernelUnavailable
from app.kernel.netlink import ANSWER_TIMEOUT_S

# The errors for "exists already" and "does not exist".
ALREADY_THERE = frozenset({errno.EEXIST})
ALREADY_GONE = frozenset({errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL})


def _from_pyroute2(*names: tuple[str, str]) -> list[Any]:
    """These (module, name) of pyroute2, without the rest of the package.

    Its `__init__` imports a database, IPVS, Wi-Fi and `unittest.mock`: 4 MB of a worker that uses none of them. Whoever
    imports the package later gets it as usual.
    """
    spec = None if "pyroute2" in sys.modules else find_spec("pyroute2")
    if spec is None:
        return [getattr(import_module(module), name) for module, name in names]
    sys.modules["pyroute2"] = module_from_spec(spec)
    try:
        return [getattr(import_module(module), name) for module, name in names]
    finally:
        del sys.modules["pyroute2"]


AsyncIPRoute, NetlinkError = _from_pyroute2(
    ("pyroute2.iproute.linux", "AsyncIPRoute"), ("pyroute2.netlink.exceptions", "NetlinkError")
)


class Requests:
    """One rtnetlink socket for changes, opened with the first one and again after a failure."""

    def __init__(self) -> None:
        self._socket: Any = None
        # The netlink port in events of these changes; 0 before the first change.
        self.port = 0

    async def change(
        self, what: str, command: str, verb: str, fine: frozenset[int] = frozenset(), **fields: Any
    ) -> int:
        """Make one change: `command` is route, rule, addr or neigh, and `fields` are pyroute2's.

        Returns 0, or the error if it is one of `fine`. Raises KernelRejected with `what` and the kernel's reason, and
        KernelUnavailable without a reply.
        """
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                opened = await self._opened()
                await getattr(opened, command)(verb, **fields)
        except NetlinkError as error:
            if error.code in fine:
                return int(error.code)
            raise KernelRejected(f"{what}: {error.args[1]}") from error
        except TimeoutError as error:
            self.close()
            message = f"{what}: no reply within {ANSWER_TIMEOUT_S:g} s; retrying on a new socket"
            raise KernelUnavailable(message) from error
        except OSError as error:
            self.close()
            raise KernelUnavailable(f"{what}: {error.strerror}; retrying on a new socket") from error
        return 0

    def close(self) -> None:
        """Close the socket; the next change opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket, self.port = None, 0

    async def _opened(self) -> Any:
        if self._socket is None:
            # Without `groups` pyroute2 subscribes to all changes of other programs. They are never read here, so they
            # would pile up, and when a burst overruns the socket, the reply to a request is lost with it.
            self._socket = AsyncIPRoute(ext_ack=True, strict_check=True, groups=0)
            await self._socket.bind()
            self.port = self._socket.socket.getsockname()[0]
        return self._socket
