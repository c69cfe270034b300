"""Compression: of a stream above all, where a part of a page differs from its last version in a few figures.

One compressor lives as long as its stream and remembers the last 32 kB, so that what did not change costs a few bytes.
"""

import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

# 32 kB of memory of what was sent, in a gzip wrapper (RFC 1952); a smaller hash table than usual saves 100 kB a stream.
_WINDOW: Final = 15 + 16
_MEMORY: Final = 6
_LEVEL: Final = 4


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Whether the reader accepts gzip (RFC 9110, 12.5.3)."""
    return "gzip" in headers.get("accept-encoding", "")


async def compressed(messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """These messages in gzip, each flushed by itself: the reader has it as soon as it is sent."""
    packer = zlib.compressobj(level=_LEVEL, wbits=_WINDOW, memLevel=_MEMORY)
    async for one in messages:
        yield packer.compress(one) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
