"""The state directory as it is on the disk."""

import os
import stat
from pathlib import Path

from app.diagnosis.machine import Disk


def disk(home: Path) -> Disk:
    """What there is to say of this directory; it need not exist."""
    try:
        mode = stat.S_IMODE(home.stat().st_mode)
        room = os.statvfs(home)
    except OSError:
        return Disk(str(home), None)
    return Disk(
        path=str(home),
        mode=mode,
        writable=not room.f_flag & os.ST_RDONLY,
        free_bytes=room.f_bavail * room.f_frsize,
        # File systems without inodes (btrfs) say 0 of 0.
        free_files=room.f_favail if room.f_files else None,
        loose=tuple(sorted(_loose(home))),
    )


def _loose(home: Path) -> list[str]:
    """Files that others than user and group may read."""
    found = []
    for name in ("config.db", "state.db", "tls/key.pem"):
        try:
            if (home / name).stat().st_mode & stat.S_IRWXO:
                found.append(name)
        except OSError:
            continue
    return found
