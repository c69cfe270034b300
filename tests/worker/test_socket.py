"""worker.sock: who may speak, what is answered, and that no peer can hurt the worker."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.worker.socket import MAX_LINE_BYTES, Server
from lab.waiting import wait_until
from tests.yielding import others_run

ASK = """
import os, socket, sys
os.setgroups([int(word) for word in sys.argv[3:]]); os.setgid(int(sys.argv[2])); os.setuid(64999)
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
line.sendall(b'{"command": "status"}\\n')
print(line.recv(100).decode())
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    os.chown(tmp_path, 0, 64240)
    tmp_path.chmod(0o2777)
    for parent in list(tmp_path.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    return tmp_path


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[Server]:
    async def answer(request: Mapping[str, object]) -> str:
        return json.dumps({"you": request.get("who", "nobody")})

    server = Server(home / "worker.sock", {"status": answer}, lambda: '{"status":1}')
    task = asyncio.create_task(server.serve())
    await asyncio.to_thread(wait_until, (home / "worker.sock").exists, "the socket is there")
    try:
        yield server
    finally:
        task.cancel()


async def ask(home: Path, *lines: bytes) -> list[bytes]:
    reader, writer = await asyncio.open_unix_connection(str(home / "worker.sock"))
    writer.writelines(lines)
    answers = [await asyncio.wait_for(reader.readline(), 2) for _ in lines]
    writer.close()
    return answers


def test_a_command_is_answered_with_one_line_and_an_unknown_one_refused(home: Path) -> None:
    async def talk() -> list[bytes]:
        async with serving(home):
            return await ask(
                home,
                b'{"command":"status","who":"me"}\n',
                b'{"command":"reboot"}\n',
                b"[1]\n",
                b"\xff\n",
                b"[" * 5000 + b"\n",
            )

    refused = b'{"error": "unknown command"}\n'
    assert asyncio.run(talk()) == [b'{"you": "me"}\n', *[refused] * 4]


def test_a_subscriber_gets_the_status_at_once_and_all_that_is_published(home: Path) -> None:
    async def talk() -> list[bytes]:
        async with serving(home) as server:
            reader, writer = await asyncio.open_unix_connection(str(home / "worker.sock"))
            writer.write(b'{"command":"subscribe"}\n')
            first = await reader.readline()
            assert server.watched
            server.publish('{"event":2}')
            second = await reader.readline()
            writer.close()
            return [first, second]

    assert asyncio.run(talk()) == [b'{"status":1}\n', b'{"event":2}\n']


def test_a_socket_that_another_worker_listens_on_is_left_to_it(home: Path) -> None:
    async def talk() -> list[bytes]:
        async with serving(home):
            second = Server(home / "worker.sock", {}, lambda: None)
            with pytest.raises(OSError, match=f"another worker listens on it .pid {os.getpid()}"):
                await second.serve()
            return await ask(home, b'{"command":"status"}\n')

    assert asyncio.run(talk()) == [b'{"you": "nobody"}\n']


def test_an_endless_line_ends_the_connection_and_nothing_else(home: Path) -> None:
    async def talk() -> tuple[bytes, list[bytes]]:
        async with serving(home):
            reader, writer = await asyncio.open_unix_connection(str(home / "worker.sock"))
            writer.write(b"x" * (2 * MAX_LINE_BYTES))
            ended = await asyncio.wait_for(reader.read(), 2)
            writer.close()
            return ended, await ask(home, b'{"command":"status"}\n')

    assert asyncio.run(talk()) == (b'{"error": "the line is too long"}\n', [b'{"you": "nobody"}\n'])


def test_a_subscriber_that_does_not_read_is_dropped(home: Path) -> None:
    async def talk() -> bool:
        async with serving(home) as server:
            reader, writer = await asyncio.open_unix_connection(str(home / "worker.sock"))
            writer.write(b'{"command":"subscribe"}\n')
            await reader.readline()
            for _ in range(200):
                server.publish("x" * 100_000)
                await others_run()
            writer.close()
            return server.watched

    assert asyncio.run(talk()) is False


@pytest.mark.parametrize(
    ("groups", "answer"),
    [(["64240"], '{"you": "nobody"}'), (["64998", "64240"], '{"you": "nobody"}'), (["64998"], "")],
    ids=["by its group", "by a supplementary group", "stranger"],
)
def test_only_members_of_the_group_are_heard(home: Path, groups: list[str], answer: str) -> None:
    async def talk() -> str:
        async with serving(home):
            (home / "worker.sock").chmod(0o777)
            argv = ["/usr/bin/python3", "-c", ASK, str(home / "worker.sock"), *groups]
            stranger = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            output, _ = await asyncio.wait_for(stranger.communicate(), 10)
            return output.decode().strip()

    assert sys.platform == "linux"
    assert asyncio.run(talk()) == answer


def test_root_is_heard_when_others_hold_all_connections(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.worker.socket.MAX_CONNECTIONS", 0)

    async def talk() -> list[bytes]:
        async with serving(home):
            return await ask(home, b'{"command":"status"}\n')

    assert asyncio.run(talk()) == [b'{"you": "nobody"}\n']


def test_who_does_not_finish_a_line_is_sent_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.worker.socket.LINE_WITHIN_S", 0.05)

    async def talk() -> bytes:
        async with serving(home):
            reader, writer = await asyncio.open_unix_connection(str(home / "worker.sock"))
            writer.write(b'{"command":')
            ended = await asyncio.wait_for(reader.read(), 2)
            writer.close()
            return ended

    assert asyncio.run(talk()) == b""
