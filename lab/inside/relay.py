"""The delay of a cable on kernels without netem: frames wait in this process between the cable's two ends.

It captures the frames of each end with a packet socket, before the bridge gets them, and sends them from the other end
later. The bridge itself lets nothing pass meanwhile (`relays`). So the relay also does the loss, while the queue of the
interface limits the rate. Frames keep their offload header (PACKET_VNET_HDR), because a veth never fills in checksums.

    python -m lab.inside.relay NEAR FAR DELAY_MS LOSS_PERCENT READY_DESCRIPTOR
"""

import os
import random
import select
import socket
import sys
import time
from collections import deque
from typing import Final, NoReturn

# linux/if_packet.h
_SOL_PACKET: Final = 263
_PACKET_VNET_HDR: Final = 15
_PACKET_IGNORE_OUTGOING: Final = 23
_ETH_P_ALL: Final = 0x0003
# asm-generic/socket.h
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33

_BUFFER_BYTES: Final = 8 << 20
# A frame without segmentation offload, and its header of 10 bytes; more than the largest MTU.
_FRAME_BYTES: Final = 1 << 17
# The limit of one direction's queue: one second of 1 Gbit/s. More is lost, as in any full queue.
_MOST_WAITING_BYTES: Final = 125_000_000
# Frames taken from one end before the other end and due frames are served.
_AT_ONCE: Final = 32


class Direction:
    """The frames from one end to the other, delayed by `delay_s`."""

    def __init__(self, source: socket.socket, sink: socket.socket, delay_s: float, loss: float) -> None:
        self.source = source
        self._sink = sink
        self._delay_s = delay_s
        self._loss = loss
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._waiting_bytes = 0

    def take_in(self) -> None:
        """Queue received frames, except random losses."""
        for _ in range(_AT_ONCE):
            try:
                frame = self.source.recv(_FRAME_BYTES)
            except OSError:
                return  # no more for now, or the cable is cut
            if random.random() >= self._loss and self._waiting_bytes < _MOST_WAITING_BYTES:  # noqa: S311 not for secrets
                self._waiting.append((time.monotonic() + self._delay_s, frame))
                self._waiting_bytes += len(frame)

    def put_out(self) -> float | None:
        """Send the due frames. Returns the seconds until the next one; None if none waits."""
        while self._waiting:
            left_s = self._waiting[0][0] - time.monotonic()
            if left_s > 0:
                return left_s
            frame = self._waiting.popleft()[1]
            self._waiting_bytes -= len(frame)
            try:
                self._sink.send(frame)
            except OSError:
                continue  # the cable is cut or its queue is full: lost, as on a wire
        return None


def relay(near: str, far: str, delay_s: float, loss: float, ready: int) -> NoReturn:
    """Carry frames between two interfaces, in both directions, until ended."""
    here, there = _open(near), _open(far)
    directions = (Direction(here, there, delay_s, loss), Direction(there, here, delay_s, loss))
    os.write(ready, b"ready\n")
    os.close(ready)
    while True:
        nexts = [left_s for direction in directions if (left_s := direction.put_out()) is not None]
        readable, _, _ = select.select([here, there], [], [], min(nexts, default=None))
        for direction in directions:
            if direction.source in readable:
                direction.take_in()


def _open(interface: str) -> socket.socket:
    line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    line.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
    line.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    line.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    line.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _BUFFER_BYTES)
    line.bind((interface, _ETH_P_ALL))
    return line


if __name__ == "__main__":
    relay(sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000, float(sys.argv[4]) / 100, int(sys.argv[5]))
