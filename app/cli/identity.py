"""The user ids of worker and panel where one command starts both, as in a container: the same as under systemd.

The users are the Debian package's and the container image's. Where there are none (a checkout, a lab) or whoever
starts them is not root, they run as whoever that is.
"""

import os
import pwd
import shutil
from collections.abc import Sequence
from typing import Final

_GROUP: Final = "multihome"
# What each may ever do: the worker as in its unit; the panel binds its port itself where no systemd hands it over.
CAPABILITIES: Final = {
    "multihome-worker": ("net_admin", "net_raw"),
    "multihome-panel": ("net_bind_service",),
}


def as_user(name: str, words: Sequence[str]) -> list[str]:
    """The command that runs `words` as this user and nothing more, for root; for others `words` as they are."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None or not _exists(name):
        return list(words)
    kept = ",".join(["-all", *(f"+{one}" for one in CAPABILITIES[name])])
    return [
        *(setpriv, f"--reuid={name}", f"--regid={_GROUP}", "--clear-groups", "--no-new-privs"),
        "--pdeathsig=keep",  # the kernel forgets with the user whose end is to be told
        *(f"--inh-caps={kept}", f"--ambient-caps={kept}", f"--bounding-set={kept}"),
        *("--", *words),
    ]


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
