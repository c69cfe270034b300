"""The lab's socket for its Simulation page: a process of the lab that does the same as `lab cut` and the other
commands.

`control.sock` in the lab's directory is a Unix stream of newline-delimited JSON. The panel of a lab gets its path in
MULTIHOME_LAB_SOCKET; outside a lab neither exists. Only root and the user of the lab's panel may use it (SO_PEERCRED,
unix(7)). All requests affect only cables of this lab, so nothing real can be changed through it.

Each request is one object with a `command`. Each gets one reply, in the same order:

    {"command": "status"}                                       {"status": {…}}
    {"command": "cut", "cable": "balancer-isp1"}                {"ok": true, "cable": "balancer-isp1", "summary": "cut"}
    {"command": "plug" | "silence" | "restore", "cable": …}     alike
    {"command": "degrade", "cable": …, "loss_percent": 5, "rate_bits_per_s": 2000000, "delay_ms": 40}
                                                                alike; one of the three is enough
    {"command": "subscribe"}                                    {"ok": true}

The reply to an impossible request is `{"error": "a sentence for people"}`. After `subscribe` the connection also gets

    {"status": {…}}     at once and twice a second
    {"trace": {"isp": 1, "protocol": "tcp", "destination": "10.0.0.12", "office": true, "line": "12:00:01.5  ISP 1 …"}}
                        the first packet of a flow, as it reaches the Internet host, at most 40 a second; "office": it
                        belongs to the office's traffic, and is no probe of the router

A status is

    name, isps
    machines    [{"name", "present"}]
    cables      [{"name", "near", "far": machines, or the switch vmnet8; "plugged", "fault", "summary": words,
                  "from_near", "from_far": {"packets", "octets" since the cable was laid,
                                            "packets_per_s", "bits_per_s" since the status before (null in the first)}}]
    processes   [{"role", "alive"}]
    gateways    the worker's report: [{"number", "name", "state", "reason", "in_use"}], or null while it is silent
    office      what the traffic of `host` measures, or null without: connections_by_isp {"1": 98, …} and
                connections_failed of the last 10 s; call_isp, call_answered_ago_s, call_gap_ms (the last gap) and
                call_gap_ago_s; download_isp, download_bytes, download_resets; null if not measured;
                lines: the same as three lines of text
"""

import asyncio
import json
import math
import os
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any, Final

from lab import registry
from lab.broadcast import Broadcast
from lab.cables import Degradation
from lab.errors import BadRequest, LabError
from lab.lab import Lab
from lab.live import Picture

MAX_LINE_BYTES: Final = 4096
MAX_CONNECTIONS: Final = 32
_PLAIN_FAULTS: Final = ("cut", "plug", "silence", "restore")


class Control:
    """Answers on the socket of lab `name`, for root and `panel_id`."""

    def __init__(self, name: str, panel_id: int) -> None:
        self._name = name
        self._allowed = {0, panel_id}
        self._panel_id = panel_id
        self._open = 0
        # One request at a time: clicks of two users on one cable must not mix.
        self._busy = asyncio.Lock()
        self._broadcast = Broadcast(name)

    async def serve(self, ready: int) -> None:
        """Listen until ended; report readiness on descriptor `ready`."""
        path = registry.control_socket(self._name)
        path.unlink(missing_ok=True)
        old = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._talk, str(path), limit=MAX_LINE_BYTES)
        finally:
            os.umask(old)
        os.chown(path, self._panel_id, -1)
        os.write(ready, b"ready\n")
        os.close(ready)
        async with server:
            await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= MAX_CONNECTIONS or _peer_id(writer.get_extra_info("socket")) not in self._allowed:
            writer.close()
            return
        self._open += 1
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line, writer)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # the client went away, or sent an endless line
        finally:
            self._open -= 1
            self._broadcast.leave(writer)
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> dict[str, Any]:
        try:
            request = _request(line)
            if request.get("command") == "subscribe":
                self._broadcast.join(writer)
                return {"ok": True}
            async with self._busy:
                return await asyncio.to_thread(self._do, request)
        except LabError as error:
            return {"error": str(error)}

    def _do(self, request: Mapping[str, Any]) -> dict[str, Any]:
        lab, command = Lab.find(self._name), request.get("command")
        if command == "status":
            return {"status": Picture(lab).now()}
        cable = request.get("cable")
        if not isinstance(cable, str):
            msg = "name a cable" if command in (*_PLAIN_FAULTS, "degrade") else f"there is no command {command!r}"
            raise BadRequest(msg)
        if command in _PLAIN_FAULTS:
            getattr(lab, str(command))(cable)
        elif command == "degrade":
            lab.degrade(cable, _degradation(request))
        else:
            msg = f"there is no command {command!r}"
            raise BadRequest(msg)
        (now,) = (each for each in lab.cables() if each.name == cable)
        return {"ok": True, "cable": cable, "summary": now.summary}


def _request(line: bytes) -> Mapping[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        msg = "a request is one line with a JSON object"
        raise BadRequest(msg)
    return request


def _degradation(request: Mapping[str, Any]) -> Degradation:
    values = {name: request.get(name) for name in ("loss_percent", "rate_bits_per_s", "delay_ms")}
    for name, value in values.items():
        if value is not None and (type(value) not in (int, float) or not math.isfinite(value)):
            msg = f"{name} is a number"
            raise BadRequest(msg)
    rate = values["rate_bits_per_s"]
    return Degradation(
        loss_percent=values["loss_percent"],
        rate_bits_per_s=None if rate is None else int(rate),
        delay_ms=values["delay_ms"],
    )


def _peer_id(peer: socket.socket) -> int:
    _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


async def _serve(name: str, panel_id: int, ready: int) -> None:
    await Control(name, panel_id).serve(ready)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
