"""A name server with one answer: every name is the Internet host.

RFC 1035, section 4. No compression except the pointer to the question, no recursion, UDP only.
"""

import asyncio
import socket
import struct
from ipaddress import IPv4Address
from typing import Final

from lab.inside.echo import IP_PKTINFO, answer_datagrams

PORT: Final = 53

_HEADER: Final = struct.Struct("!6H")  # id, flags, questions, answers, authorities, additionals
_ANSWERED: Final = 0x8400  # an authoritative response
_WISHES_RECURSION: Final = 0x0100
_QUESTION_NAME: Final = 0xC00C  # a pointer to offset 12, where the question's name starts
_A: Final = 1
_IN: Final = 1
_TTL_S: Final = 1


def serve(address: str, known: IPv4Address) -> None:
    """Serve port 53 in the running loop: every name has address `known`."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    listener.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    listener.bind((address, PORT))

    def reply(query: bytes, _client: tuple[str, int]) -> bytes | None:
        return answer(query, known)

    asyncio.get_running_loop().add_reader(listener, answer_datagrams, listener, reply)


def answer(query: bytes, known: IPv4Address) -> bytes | None:
    """The response to `query`: one A record for an A question, none for others. None if it is no query."""
    if len(query) < _HEADER.size:
        return None
    identity, flags, questions, *_ = _HEADER.unpack_from(query)
    end = _question_end(query)
    if questions != 1 or end is None:
        return None
    question = query[_HEADER.size : end]
    asks_for_address = question.endswith(struct.pack("!2H", _A, _IN))
    header = _HEADER.pack(identity, _ANSWERED | flags & _WISHES_RECURSION, 1, int(asks_for_address), 0, 0)
    record = struct.pack("!3HIH", _QUESTION_NAME, _A, _IN, _TTL_S, 4) + known.packed
    return header + question + (record if asks_for_address else b"")


def _question_end(query: bytes) -> int | None:
    """Where the first question ends; None if the packet ends before."""
    position = _HEADER.size
    while position < len(query) and query[position]:
        position += 1 + query[position]
    end = position + 1 + 4  # the root label, then type and class
    return end if end <= len(query) else None
