import errno
import socket
from ipaddress import IPv4Address

import pytest

from app.model.layout import mark
from app.probe.path import Path, gone
from tests.probe.network import FIRST, Network


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_socket_has_device_source_and_mark(network: Network, kind: socket.SocketKind) -> None:
    with FIRST.open(kind) as opened:
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_MARK) == mark(1)
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0") == b"eth1"
        assert opened.getsockname()[0] == "192.168.1.1"
        assert not opened.getblocking()
        assert not opened.get_inheritable()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (Path(1, "eth9", FIRST.source), errno.ENODEV),
        (Path(1, "eth1", IPv4Address("192.168.1.9")), errno.EADDRNOTAVAIL),
    ],
)
def test_a_path_that_is_not_there_opens_nothing(network: Network, path: Path, code: int) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the code is what matters
        path.open(socket.SOCK_DGRAM)
    assert caught.value.errno == code
    assert gone(caught.value)


def test_what_could_not_be_sent_is_said_in_words() -> None:
    said = FIRST.trouble(OSError(errno.EPERM, "x"))
    assert said == "cannot send through eth1 from 192.168.1.1: Operation not permitted"
