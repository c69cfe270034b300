import asyncio
import socket

import pytest

from app.probe.attempts import MOST, Attempts
from tests.probe.network import until

pytestmark = pytest.mark.anyio


async def test_a_socket_is_closed_when_its_time_is_over() -> None:
    attempts, opened = Attempts(), socket.socket()
    attempts.begin(opened, 0.01)
    await until(lambda: opened.fileno() == -1)
    assert not attempts


async def test_a_socket_that_was_heard_is_closed_once_and_its_number_is_free_again() -> None:
    attempts, opened = Attempts(), socket.socket()
    loop = asyncio.get_running_loop()
    attempts.begin(opened, 10)
    loop.add_reader(opened, lambda: None)
    attempts.end(opened)
    attempts.end(opened)
    assert opened.fileno() == -1
    assert not attempts


async def test_all_of_them_go_with_their_path() -> None:
    attempts, sockets = Attempts(), [socket.socket() for _ in range(3)]
    for opened in sockets:
        attempts.begin(opened, 10)
    attempts.close()
    assert {opened.fileno() for opened in sockets} == {-1}


async def test_of_too_many_the_oldest_is_closed() -> None:
    attempts, sockets = Attempts(), [socket.socket() for _ in range(MOST + 2)]
    for opened in sockets:
        attempts.begin(opened, 10)
    assert [opened.fileno() == -1 for opened in sockets] == [True, True, *[False] * MOST]
    attempts.close()
