"""worker.sock: a Unix stream of newline-delimited JSON, with a short list of named commands and nothing else.

It never carries configuration to be applied: `wake` only means "read the database". The kernel's credentials of the
peer decide who may use it (SO_PEERCRED, unix(7)), not anything that the peer sends.
"""

import asyncio
import errno
import json
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

MAX_LINE_BYTES: Final = 64 * 1024
MAX_CONNECTIONS: Final = 64
# Reserved for root, however many connections others hold open.
RESERVED_FOR_ROOT: Final = 8
# A peer that has not finished a line by then is no client of Multihome. Subscribers send nothing more.
LINE_WITHIN_S: Final = 30.0
# A subscriber that does not read is dropped once this much is queued for it.
MAX_BACKLOG_BYTES: Final = 1024 * 1024
# asm-generic/socket.h; absent from the socket module.
SO_PEERGROUPS: Final = 59

# The answer to one command, as one line of JSON.
Answer = Callable[[Mapping[str, object]], Awaitable[str]]


class Server:
    """The socket, its connections, and the subscribers that get every published line."""

    def __init__(self, path: Path, commands: Mapping[str, Answer], greeting: Callable[[], str | None]) -> None:
        """`greeting` returns the line that a new subscriber gets at once, or None before there is one."""
        self._path = path
        self._commands = commands
        self._greeting = greeting
        self._subscribers: set[asyncio.StreamWriter] = set()
        self._open = 0

    @property
    def watched(self) -> bool:
        """Whether there are subscribers."""
        return bool(self._subscribers)

    async def serve(self) -> None:
        """Listen until cancelled. Raises OSError if the socket cannot be created or another worker listens on it."""
        other = listener(self._path)
        if other is not None:
            raise OSError(errno.EADDRINUSE, f"another worker listens on it (pid {other})")
        self._path.unlink(missing_ok=True)
        old = os.umask(0o007)
        try:
            server = await asyncio.start_unix_server(self._talk, str(self._path), limit=MAX_LINE_BYTES)
        finally:
            os.umask(old)
        async with server:
            await server.serve_forever()

    def publish(self, line: str) -> None:
        """Send one line to every subscriber. One that does not keep up is dropped; it reconnects and gets
        everything.
        """
        data = line.encode() + b"\n"
        for writer in tuple(self._subscribers):
            if writer.transport.get_write_buffer_size() > MAX_BACKLOG_BYTES or writer.is_closing():
                self._drop(writer)
            else:
                writer.write(data)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._subscribers.discard(writer)
        writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: socket.socket = writer.get_extra_info("socket")
        room = MAX_CONNECTIONS + (RESERVED_FOR_ROOT if _uid(peer) == 0 else 0)
        if not _is_allowed(peer, self._path.parent):
            writer.close()
            return
        if self._open >= room:
            writer.write(b'{"error": "too many connections"}\n')
            writer.close()
            return
        self._open += 1
        try:
            await self._converse(reader, writer)
        except (ConnectionError, TimeoutError) as error:
            log.debug("a client of worker.sock disconnected: %s", error)
        except ValueError:  # asyncio's error for a line longer than the limit
            writer.write(b'{"error": "the line is too long"}\n')
        finally:
            self._open -= 1
            self._subscribers.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            patience_s = None if writer in self._subscribers else LINE_WITHIN_S
            async with asyncio.timeout(patience_s):
                line = await reader.readline()
            if not line:
                return
            await self._reply(line, writer)

    async def _reply(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        request = _request(line)
        command = request.get("command")
        if command == "subscribe":
            self._subscribers.add(writer)
            greeting = self._greeting()
            if greeting is not None:
                writer.write(greeting.encode() + b"\n")
        elif isinstance(command, str) and command in self._commands:
            writer.write((await self._commands[command](request)).encode() + b"\n")
        else:
            writer.write(b'{"error": "unknown command"}\n')
        await writer.drain()


def listener(path: Path) -> int | None:
    """The process that listens on this socket, if it can be a worker: one of root or of this user. For root, any
    process.

    A socket that another user put there does not stop a worker from answering.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.setblocking(False)
        try:
            line.connect(str(path))
        except OSError:
            return None
        pid, uid, _ = _credentials(line)
    return pid if may_be_worker(uid) else None


def may_be_worker(uid: int) -> bool:
    """Whether a worker may run as this user. Root accepts every user, because it does not know the worker's."""
    return uid in {0, os.geteuid()} or os.geteuid() == 0


def _request(line: bytes) -> Mapping[str, object]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):  # the latter for a line of opening brackets
        return {}
    return request if isinstance(request, dict) else {}


def _is_allowed(peer: socket.socket, home: Path) -> bool:
    """Whether the peer may use the socket: root, this user, and members of the state directory's group (the panel)."""
    return _uid(peer) in {0, os.geteuid()} or home.stat().st_gid in _groups(peer)


def _uid(peer: socket.socket) -> int:
    return _credentials(peer)[1]


def _credentials(peer: socket.socket) -> tuple[int, int, int]:
    """Process, user and group that the peer connected as (struct ucred, unix(7))."""
    pid, uid, gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return pid, uid, gid


def _groups(peer: socket.socket) -> set[int]:
    """The peer's group and its supplementary groups (only the first if there are more than 256)."""
    try:
        found = peer.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, 1024)  # the most that Python passes on
    except OSError:
        found = b""
    return {_credentials(peer)[2], *struct.unpack(f"{len(found) // 4}I", found)}
