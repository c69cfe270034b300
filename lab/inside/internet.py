"""The services of the Internet host besides ICMP: web, echo and DNS, on all its addresses."""

import asyncio
import os
import sys

from lab.inside import dns, echo, web
from lab.topology import INTERNET_HOST

_ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 the namespace is the whole Internet of a lab


async def serve(ready: int) -> None:
    """Serve until ended; report on descriptor `ready` when everything listens."""
    servers = [await web.serve(_ALL_ADDRESSES), await echo.serve_tcp(_ALL_ADDRESSES, echo.PORT)]
    echo.serve_udp(_ALL_ADDRESSES, echo.PORT)
    dns.serve(_ALL_ADDRESSES, INTERNET_HOST)
    os.write(ready, b"ready\n")
    os.close(ready)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
