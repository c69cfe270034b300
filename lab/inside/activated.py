"""Passes sockets to a program as systemd does: `python -m lab.inside.activated FD[,FD…] PROGRAM [ARGUMENT …]`.

sd_listen_fds(3): the sockets become descriptors 3 and up, LISTEN_FDS is their number, and LISTEN_PID the process that
they are for. So this program replaces itself with the other one instead of starting it.
"""

import os
import sys
from typing import Final, NoReturn

_FIRST: Final = 3
# Above every descriptor number that is passed on.
_ASIDE: Final = 100


def become(descriptors: list[int], command: list[str]) -> NoReturn:
    """Replace this process with `command`, with these sockets."""
    aside = [os.dup2(descriptor, _ASIDE + index) for index, descriptor in enumerate(descriptors)]
    for index, descriptor in enumerate(aside):
        os.dup2(descriptor, _FIRST + index, inheritable=True)
        os.close(descriptor)
    environment = {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(descriptors))}
    os.execve(command[0], command, environment)  # noqa: S606 - the lab's own words, no shell


if __name__ == "__main__":
    become([int(word) for word in sys.argv[1].split(",")], sys.argv[2:])
