"""A TCP or TLS connection by one gateway's path, in the form httpcore wants it."""

import asyncio
import socket
import ssl

import httpcore

from app.probe.path import Path
from app.probe.tcp import RESET_ON_CLOSE

# So much is handed over before the loop gets its turn: with a byte a chunk the parser takes 3 ms for it.
_AT_ONCE_BYTES = 2048
# The text that a check looks for is in the first 64 KB; with headers and the sizes of chunks, no honest answer to that
# point is longer than this. Without an end a stranger's `100 Continue` would be read until the probe's time is over.
MOST_BYTES = 128 * 1024


class Stream(httpcore.AsyncNetworkStream):
    """An open connection. Its timeouts are none: the whole probe has one, and ends in cancellation."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._left_bytes = MOST_BYTES

    @classmethod
    async def connect(cls, path: Path, address: str, port: int, tls: ssl.SSLContext | None, name: str) -> "Stream":
        """Connect to `address`; with `tls`, to the server that can prove to be `name`.

        Raises OSError; ssl.SSLCertVerificationError, one of its kinds, where the proof fails.
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
        """Up to so many bytes, and never many at once; none at the end. Raises httpcore.ReadError after too many."""
        # What has arrived already would be handed over without a pause, however long that goes on.
        await asyncio.sleep(0)
        piece = await self._reader.read(min(max_bytes, _AT_ONCE_BYTES))
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise httpcore.ReadError(f"{MOST_BYTES // 1024} KB received without a complete reply")
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Send all of it."""
        self._writer.write(buffer)
        await self._writer.drain()

    async def aclose(self) -> None:
        """Reset the connection: nothing is left to be said."""
        self._writer.transport.abort()
