"""A classic BPF filter for the event socket: the kernel drops messages that do not concern Multihome.

Otherwise a routing daemon that changes 20,000 routes in `main` would overrun the socket and cost a second of Python.
See Documentation/networking/filter.rst; loads are big-endian, netlink is in host byte order.
"""

import ctypes
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct
from typing import Final

from app.kernel.neighbors import NUD_FAILED, NUD_REACHABLE
from app.kernel.routes import RTA_TABLE
from app.kernel.rtm import Rtm
from app.model.family import Family
from app.model.layout import FIRST_NUMBER, LAST_NUMBER, MAIN_TABLE, table

SO_ATTACH_FILTER: Final = 26
LDB_ABS, LDH_ABS, LDW_ABS, LDB_IND, LDH_IND, LD_IMM, LDX_IMM, LD_MEM = 0x30, 0x28, 0x20, 0x50, 0x48, 0x00, 0x01, 0x60
ST, TAX, LSH, OR_X = 0x02, 0x07, 0x64, 0x4C
JEQ, JGE, JGT, JSET, RET = 0x15, 0x35, 0x25, 0x45, 0x06
# "Find the attribute of type X from offset A on; A becomes its offset, or 0" (SKF_AD_OFF + SKF_AD_NLATTR).
FIND_ATTRIBUTE: Final = 0x100000000 - 0x1000 + 12

INSTRUCTION: Final = Struct("=HBBI")
WHOLE: Final = 0xFFFFFFFF
# Offsets from the start of the message: its type, the family, rtm_dst_len, ndm_state, a route's attributes.
TYPE, FAMILY, DST_LEN, STATE, ROUTE_ATTRIBUTES = 4, 16, 17, 24, 28
# The offsets, in a 32-bit attribute, of the two bytes of a table's number, and of the half that is 0 for Multihome's.
LOW_BYTE, HIGH_BYTE, HIGH_HALF = (4, 5, 6) if sys.byteorder == "little" else (7, 6, 4)
# Gateways up to 10 have tables below 253, like the two balanced ones; the others are consecutive (layout.table).
LAST_LOW_NUMBER: Final = 10


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction; a jump names its target, and "" is the next step."""

    code: int
    value: int = 0
    yes: str = ""
    no: str = ""
    label: str = ""


def _type(kind: int) -> int:
    return socket.ntohs(kind)


_BEGINNING: Final = (
    _Step(LDH_ABS, TYPE),
    _Step(JEQ, _type(Rtm.NEWROUTE), yes="route"),
    _Step(JEQ, _type(Rtm.DELROUTE), yes="route"),
    _Step(JEQ, _type(Rtm.NEWNEIGH), yes="neighbor", no="accept"),
    # Neighbors: of these families, and only those that have just replied or failed; entries of a LAN age all the time.
    _Step(LDB_ABS, FAMILY, label="neighbor"),
)
_END: Final = (
    _Step(RET, 0),
    _Step(LDH_ABS, STATE, label="state"),
    _Step(JSET, _type(NUD_FAILED | NUD_REACHABLE), yes="accept", no="drop"),
    # Routes: Multihome's tables, and default routes in main. The table number is composed of its two low bytes.
    _Step(LDX_IMM, RTA_TABLE, label="route"),
    _Step(LD_IMM, ROUTE_ATTRIBUTES),
    _Step(LDW_ABS, FIND_ATTRIBUTE),
    _Step(JEQ, 0, yes="drop"),
    _Step(TAX),
    _Step(LDH_IND, HIGH_HALF),
    _Step(JEQ, 0, no="drop"),
    _Step(LDB_IND, HIGH_BYTE),
    _Step(LSH, 8),
    _Step(ST, 0),
    _Step(LDB_IND, LOW_BYTE),
    _Step(TAX),
    _Step(LD_MEM, 0),
    _Step(OR_X),
    _Step(JEQ, MAIN_TABLE, yes="main"),
    _Step(JGE, table(FIRST_NUMBER), no="drop"),
    _Step(JGT, table(LAST_NUMBER), yes="drop"),
    _Step(JGE, table(LAST_LOW_NUMBER + 1), yes="accept"),
    _Step(JGT, table(LAST_LOW_NUMBER), yes="drop", no="accept"),
    _Step(LDB_ABS, DST_LEN, label="main"),
    _Step(JEQ, 0, no="drop"),
    _Step(RET, WHOLE, label="accept"),
    _Step(RET, 0, label="drop"),
)


def assembled(families: Iterable[Family]) -> bytes:
    """The program in the kernel's form, where jumps are the number of skipped steps."""
    program = (*_BEGINNING, *(_Step(JEQ, family.af, yes="state") for family in families), *_END)
    places = {step.label: place for place, step in enumerate(program) if step.label}

    def skipped(place: int, label: str) -> int:
        return places[label] - place - 1 if label else 0

    return b"".join(
        INSTRUCTION.pack(step.code, skipped(place, step.yes), skipped(place, step.no), step.value)
        for place, step in enumerate(program)
    )


def attach(listener: socket.socket, families: Iterable[Family]) -> None:
    """Filter what this rtnetlink socket receives from now on: neighbors of these families, and the rest."""
    steps = assembled(families)
    program = ctypes.create_string_buffer(steps)
    count = len(steps) // INSTRUCTION.size
    # struct sock_fprog: a count, and a pointer with native alignment.
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, Struct("@HP").pack(count, ctypes.addressof(program)))
