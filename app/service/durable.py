"""Writes small files that survive a power cut: flushed to disk before they are renamed into place.

Without the flush the new name may reach the disk before the content does, and after a power cut the file is there and
empty (ext4, xfs and f2fs alike).
"""

import os
from pathlib import Path


def write_new(path: Path, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Write a file beside the one that it is to replace, in place of what was left there. Raises OSError."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode), "wb") as file:
        if owner is not None:
            os.fchown(file.fileno(), *owner)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def put_in_place(new: Path, path: Path) -> None:
    """Give a written file its name; once this returns it has it after a power cut too. Raises OSError."""
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
