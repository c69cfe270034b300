"""A TCP or TLS connection through one gateway's path, as a stream for httpcore."""

import asyncio
import socket
import ssl

import httpcore

from app.probe.path import Path
from app.probe.tcp import RESET_ON_CLOSE

# At most this much is passed on before the event loop continues: with chunks of one byte the parser takes 3 ms for it.
_AT_ONCE_BYTES = 2048
# A check's text must be in the first 64 KB. Including headers and chunk sizes, no honest response is longer than this
# up to there. Without a limit, endless `100 Continue` responses would be read until the timeout.
MOST_BYTES = 128 * 1024


class Stream(httpcore.AsyncNetworkStream):
    """An open connection. It has no timeouts of its own: the probe has one, and is cancelled then."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._left_bytes = MOST_BYTES

    @classmethod
    async def connect(cls, path: Path, address: str, port: int, tls: ssl.SSLContext | None, name: str) -> "Stream":
        """Connect to `address`; with `tls`, the server must prove that it is `name`.

        Raises OSError; its subclass ssl.SSLCertVerificationError if the proof fails.
        """
        opened = path.open(socket.SOCK_STREAM)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            await asyncio.get_running_loop().sock_connect(opened, (address, port))
            reader, writer = await asyncio.open_connection(
                sock=opened, ssl=tls, server_hostname=None if tls is None else name
            )
        except BaseException:
            opened.close()
            raise
        return cls(reader, writer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Read at most this many bytes, in small pieces; empty at the end. Raises httpcore.ReadError after too many
        bytes.
        """
        # Without this, received data would be passed on without a pause, for any length of time.
        await asyncio.sleep(0)
        piece = await self._reader.read(min(max_bytes, _AT_ONCE_BYTES))
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise httpcore.ReadError(f"{MOST_BYTES // 1024} KB received without a complete reply")
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Send all bytes."""
        self._writer.write(buffer)
        await self._writer.drain()

    async def aclose(self) -> None:
        """Reset the connection instead of closing it in order."""
        self._writer.transport.abort()
