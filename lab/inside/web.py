"""The Internet host's web server.

    /               the address the client came from, as plain text
    /generate_204   204, like the pages with which phones check whether they are online
    /redirect       302 to /, like a captive portal
    /download       an endless stream; `?rate=BYTES` per second, 256 KiB by default

Responses also have the address in `X-Client-Address`. One request per connection.
"""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

PORT: Final = 80

_DEFAULT_RATE: Final = 256 * 1024
_PIECES_PER_S: Final = 20
_HEADER_LIMIT_S: Final = 10


async def serve(address: str) -> asyncio.Server:
    """Serve port 80 until the server is closed."""
    return await asyncio.start_server(_converse, address, PORT, backlog=1024)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(_HEADER_LIMIT_S):
            request = await reader.readuntil(b"\r\n\r\n")
        client: str = writer.get_extra_info("peername")[0]
        method, target, *_ = request.decode("latin-1").split()
        async for piece in _answer(method, target, client):
            writer.write(piece)
            await writer.drain()
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # the client is gone or too slow (TimeoutError is an OSError), or does not speak HTTP
    finally:
        writer.close()


async def _answer(method: str, target: str, client: str) -> AsyncIterator[bytes]:
    url = urlsplit(target)
    if method not in ("GET", "HEAD"):
        yield _head(HTTPStatus.METHOD_NOT_ALLOWED, client)
    elif url.path == "/":
        text = f"{client}\n".encode()
        yield _head(HTTPStatus.OK, client, f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n")
        if method == "GET":
            yield text
    elif url.path == "/generate_204":
        yield _head(HTTPStatus.NO_CONTENT, client)
    elif url.path == "/redirect":
        yield _head(HTTPStatus.FOUND, client, "Location: /\r\nContent-Length: 0\r\n")
    elif url.path == "/download":
        yield _head(HTTPStatus.OK, client, "Content-Type: application/octet-stream\r\n")
        rate = int(parse_qs(url.query).get("rate", [str(_DEFAULT_RATE)])[0])
        while method == "GET":
            yield bytes(max(1, rate // _PIECES_PER_S))
            await asyncio.sleep(1 / _PIECES_PER_S)
    else:
        yield _head(HTTPStatus.NOT_FOUND, client, "Content-Length: 0\r\n")


def _head(status: HTTPStatus, client: str, fields: str = "") -> bytes:
    line = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    return f"{line}X-Client-Address: {client}\r\nConnection: close\r\n{fields}\r\n".encode()
