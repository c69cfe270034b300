"""What is told of a connection of the lab is how it ended first."""

import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from ipaddress import IPv4Address

from lab.inside import echo, streams
from lab.inside.connections import Pair
from tests.kernel.namespace import Namespace

HERE = IPv4Address("127.0.0.1")
# With this SO_LINGER a close is a reset.
RESETTING = struct.pack("ii", 1, 0)


def test_a_reset_that_is_met_in_sending_stays_one_when_it_is_read_on() -> None:
    with closing(Namespace()) as namespace:
        namespace.call(_reset_while_sending)


def _reset_while_sending() -> None:
    with socket.create_server((str(HERE), echo.PORT)) as server, ThreadPoolExecutor(1) as beside:
        opening = beside.submit(lambda: streams.Line(Pair(HERE, HERE), talks=True))
        far, _ = server.accept()
        far.sendall(echo.greeting(str(HERE), 1))
        client = opening.result(timeout=5)
        assert not client.detail
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETTING)
        far.close()
        client.say()
        client.hear()
        assert client.ending == "reset"
        client.socket.close()
