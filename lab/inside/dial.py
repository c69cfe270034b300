"""A client on the Internet that calls a provider's outside address, and records what comes back from where."""

import socket
import time
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final

from lab.inside import echo, report

_PIECE: Final = 2048


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call to the echo from outside.

    `answers` of `asked` came back. `replied_from`: the sender of the last one; for UDP this may be another address (a
    reply that left through another provider). `seen`: the caller's address as the server saw it.
    """

    asked: int
    answers: int
    replied_from: IPv4Address | None
    seen: IPv4Address | None
    error: str = ""


def dial_tcp(task: dict[str, Any]) -> Dialled:
    """Connect and send `exchanges` lines, waiting for each to come back."""
    answers = 0
    seen = None
    try:
        with socket.create_connection(
            (task["address"], task["port"]), task["limit_s"], source_address=(task["source"], 0)
        ) as line:
            seen = echo.parse(line.recv(_PIECE))[0]
            for number in range(task["exchanges"]):
                time.sleep(task["interval_s"])  # the beat of the call that was asked for
                line.sendall(f"{number}\n".encode())
                answers += line.recv(_PIECE) == f"{number}\n".encode()
                report.progress(answers)
    except (OSError, ValueError) as failure:
        return Dialled(task["exchanges"], answers, None, seen, str(failure))
    return Dialled(task["exchanges"], answers, IPv4Address(task["address"]), seen)


def dial_udp(task: dict[str, Any]) -> Dialled:
    """Send `exchanges` datagrams, waiting for each reply, from any sender."""
    answers = 0
    error = ""
    sender = seen = None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(task["limit_s"])
        line.bind((task["source"], 0))
        for number in range(task["exchanges"]):
            time.sleep(task["interval_s"])  # the beat of the call that was asked for
            line.sendto(f"{number}".encode(), (task["address"], task["port"]))
            try:
                answer, (address, port) = line.recvfrom(_PIECE)
                seen, _, content = echo.parse(answer)
            except (OSError, ValueError) as failure:
                error = str(failure)
                continue
            sender = IPv4Address(address)
            answers += content == f"{number}".encode() and (address, port) == (task["address"], task["port"])
            report.progress(answers)
    return Dialled(task["exchanges"], answers, sender, seen, error)


def read(outcome: dict[str, Any]) -> Dialled:
    """What `main` reported."""
    addresses = {key: outcome[key] and IPv4Address(outcome[key]) for key in ("replied_from", "seen")}
    return Dialled(outcome["asked"], outcome["answers"], error=outcome["error"], **addresses)


def main() -> None:
    """Do the task of this process and report it."""
    task = report.task()
    done = dial_tcp(task) if task["protocol"] == "tcp" else dial_udp(task)
    report.result(
        {
            "asked": done.asked,
            "answers": done.answers,
            "replied_from": done.replied_from and str(done.replied_from),
            "seen": done.seen and str(done.seen),
            "error": done.error,
        }
    )


if __name__ == "__main__":
    main()
