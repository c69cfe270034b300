"""Subscribes to kernel events: links, addresses, routes, rules, neighbors, settings, nftables.

Two sockets in the event loop, decoded here as soon as they are readable: a lost carrier is reported within a
millisecond. Multihome's own changes are recognized by the netlink port (routes, rules, addresses) or the thread
(nftables) that made them, and are not reported.
"""

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from app.errors import KernelUnavailable
from app.kernel import bpf
from app.kernel.contract import ALTERED, KernelEvent, Subject
from app.kernel.last_seen import LastSeen
from app.kernel.links import Names
from app.kernel.netlink import NETLINK_NETFILTER, SOL_NETLINK, Message, attribute, attributes, messages, text
from app.kernel.news import news
from app.kernel.nft_generation import NFGENMSG, NFT_MSG_NEWGEN, NFTA_GEN_PROC_NAME, NFTA_GEN_PROC_PID, NFTA_TABLE_NAME
from app.model.family import Family
from app.model.layout import NFT_TABLE
from app.plan.state import KernelObject

NETLINK_ADD_MEMBERSHIP, NETLINK_DROP_MEMBERSHIP = 1, 2
# RTNLGRP_LINK, RTNLGRP_NEIGH
ROUTE_GROUPS: Final = (1, 3)
# RTNLGRP_IPV4_IFADDR, _IPV4_ROUTE, _IPV4_RULE, _IPV4_NETCONF, and the same of IPv6
FAMILY_GROUPS: Final = {Family.IPV4: (5, 7, 8, 24), Family.IPV6: (9, 11, 19, 25)}
# NFNLGRP_NFTABLES
NFT_GROUPS: Final = (7,)
# Room for events that arrive while the loop is busy: 200 bytes to 1 KiB each, and memory only while they wait.
BUFFER_BYTES: Final = 4 << 20
SO_RCVBUFFORCE: Final = 33
DATAGRAM_BYTES: Final = 65536
# At most this many datagrams are read before the event loop continues.
AT_ONCE: Final = 64
# With more different events waiting than this, observing everything is cheaper than reading them.
WAITING_AT_MOST: Final = 256
# For every change in a table, the table's name is the first attribute of the notification.
OUR_TABLE: Final = attribute(NFTA_TABLE_NAME, NFT_TABLE.encode() + b"\0")[: 4 + len(NFT_TABLE) + 1]
# With pyroute2, second and later sockets of a process have its process id in the low 22 bits of the port.
PROCESS_BITS: Final = (1 << 22) - 1


class Monitor:
    """The changes by other programs, as an async iterator that ends with close()."""

    def __init__(self, known: LastSeen, own_port: Callable[[], int], own_thread: Callable[[], int]) -> None:
        """Listen from now on. `own_port` and `own_thread` identify Multihome's own changes."""
        self._known = known
        self._own_port = own_port
        self._own_thread = own_thread
        self._waiting: dict[tuple[Subject, str], KernelEvent] = {}
        self._arrived = asyncio.Event()
        self._closed = False
        self._table_touched = False
        self._loop = asyncio.get_running_loop()
        self._route = _listening(socket.NETLINK_ROUTE, ROUTE_GROUPS)
        self._nft = _listening(NETLINK_NETFILTER, NFT_GROUPS)
        self._families: tuple[Family, ...] = ()
        self.hear((Family.IPV4,))
        self._loop.add_reader(self._route, self._read, self._route, self._of_route)
        self._loop.add_reader(self._nft, self._read, self._nft, self._of_nft)

    def __aiter__(self) -> "Monitor":
        return self

    async def __anext__(self) -> KernelEvent:
        """The oldest waiting event; a repetition while it waits is merged into it."""
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.pop(next(iter(self._waiting)))

    def hear(self, families: tuple[Family, ...]) -> None:
        """Listen to addresses, routes, rules, neighbors and settings of exactly these families from now on."""
        if families == self._families:
            return
        bpf.attach(self._route, families)
        for family, groups in FAMILY_GROUPS.items():
            if (family in families) != (family in self._families):
                _join(self._route, groups, NETLINK_ADD_MEMBERSHIP if family in families else NETLINK_DROP_MEMBERSHIP)
        self._families = families

    def close(self) -> None:
        """Stop listening; the iteration ends."""
        for listener in (self._route, self._nft):
            self._loop.remove_reader(listener)
            listener.close()
        self._closed = True
        self._arrived.set()

    def _read(self, listener: socket.socket, understand: Callable[[bytes], None]) -> None:
        for _ in range(AT_ONCE):
            try:
                datagram = listener.recv(DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                reason = (
                    "kernel events were lost: they arrived faster than they were read"
                    if error.errno == errno.ENOBUFS
                    else str(error)
                )
                self._overrun(reason)
                return
            understand(datagram)

    def _of_route(self, datagram: bytes) -> None:
        names = Names()
        for message in messages(datagram):
            if message.port and message.port == self._own_port():
                continue
            found = news(message, self._known, names)
            if found is not None:
                self._tell(*found, _actor(message.port))

    def _of_nft(self, datagram: bytes) -> None:
        """Read the notifications of a commit: every changed object, many in one datagram, and at the end the
        program.
        """
        self._table_touched = self._table_touched or OUR_TABLE in datagram
        for message in messages(datagram):
            if message.kind == NFT_MSG_NEWGEN:
                touched, self._table_touched = self._table_touched, False
                if touched:
                    self._tell_of_commit(message)
                return

    def _tell_of_commit(self, message: Message) -> None:
        found = attributes(message.body, NFGENMSG.size)
        thread = int.from_bytes(found.get(NFTA_GEN_PROC_PID, b""), "big")
        if thread != self._own_thread():
            name = text(found.get(NFTA_GEN_PROC_NAME, b""))
            self._tell(Subject.RULESET, f"table inet {NFT_TABLE} changed", ALTERED, f"{name} (pid {thread})")

    def _tell(self, subject: Subject, what: str, one: KernelObject | None, actor: str) -> None:
        if len(self._waiting) >= WAITING_AT_MOST:
            self._overrun("many changes at once")
            return
        identity = None if one is None else one.identity
        self._waiting.setdefault((subject, what), KernelEvent(subject, what, actor, time.monotonic(), identity))
        self._arrived.set()

    def _overrun(self, reason: str) -> None:
        """Replace all waiting events by OVERRUN, after which everything is observed again."""
        self._known.forget()
        self._waiting = {(Subject.OVERRUN, reason): KernelEvent(Subject.OVERRUN, reason, "", time.monotonic())}
        self._arrived.set()


def _listening(protocol: int, groups: tuple[int, ...]) -> socket.socket:
    """A socket that listens to these groups. It is bound first: without a port of its own it receives nothing."""
    listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol)
    try:
        listener.bind((0, 0))
        listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        if protocol == socket.NETLINK_ROUTE:
            bpf.attach(listener, ())  # until hear() sets the families
        _join(listener, groups)
    except OSError as error:
        listener.close()
        raise KernelUnavailable(f"listening for changes: {error.strerror}; is CAP_NET_ADMIN there?") from error
    return listener


def _join(listener: socket.socket, groups: Iterable[int], how: int = NETLINK_ADD_MEMBERSHIP) -> None:
    for group in groups:
        listener.setsockopt(SOL_NETLINK, how, group)


def _actor(port: int) -> str:
    """The program whose request caused an event (a netlink port usually is a process id); empty for the kernel."""
    for process in dict.fromkeys((port, port & PROCESS_BITS)):
        try:
            name = Path(f"/proc/{process}/comm").read_text(errors="replace").strip()
        except OSError:
            continue
        return f"{name} (pid {process})"
    return f"pid {port & PROCESS_BITS}, which has ended" if port else ""
