"""The panel's certificate and key as files, for a backup. Whoever writes them leaves them to the panel's user."""

import os
import pwd
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.base import domain
from app.paths import StateDirectory
from app.service.durable import put_in_place, write_new

PANEL_USER: Final = "multihome-panel"
_DIRECTORY: Final = "tls"
# The certificate, its key, and for which names and how long it was made.
_FILES: Final = (("chain", "certificate.pem", 0o644), ("key", "key.pem", 0o600), ("note", "certificate.json", 0o644))
_BROUGHT: Final = "brought.pem"

_Pem = Annotated[str, Field(pattern=r"^-----BEGIN [A-Z ]+-----", max_length=64_000)]


@domain
class SavedCertificate:
    """The router's own certificate in its three files, and the one file of a certificate that was brought, if any."""

    chain: _Pem
    key: _Pem
    note: Annotated[str, Field(max_length=64_000)]
    brought: _Pem | None = None


def read_certificate(home: StateDirectory) -> SavedCertificate | None:
    """The certificate that the panel uses, or None before it has one. Raises InvalidConfig for whoever may not."""
    directory = home.path / _DIRECTORY
    try:
        found = {field: (directory / name).read_text() for field, name, _ in _FILES}
        if (directory / _BROUGHT).exists():
            found["brought"] = (directory / _BROUGHT).read_text()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidConfig(FieldError("", f"the key cannot be read ({error.strerror}): be root")) from error
    return SavedCertificate(**found)


def write_certificate(home: StateDirectory, certificate: SavedCertificate) -> None:
    """Put the files in place; the panel notices the brought one by itself, the others at its next start.

    Raises StoreUnavailable.
    """
    directory = home.path / _DIRECTORY
    try:
        owner = _owner(directory)
        directory.mkdir(mode=0o700, exist_ok=True)
        if owner is not None:
            os.chown(directory, *owner)
        for field, name, mode in _FILES:
            _write(directory / name, str(getattr(certificate, field)), mode, owner)
        if certificate.brought is None:
            (directory / _BROUGHT).unlink(missing_ok=True)
        else:
            _write(directory / _BROUGHT, certificate.brought, 0o600, owner)
    except OSError as error:
        raise StoreUnavailable(f"{directory}: cannot write the certificate: {error.strerror}") from error


def _owner(directory: Path) -> tuple[int, int] | None:
    """Whose the files are to be, where root writes them: whose they are, else the panel's."""
    if os.geteuid() != 0:
        return None
    if directory.is_dir():
        found = directory.stat()
        return found.st_uid, found.st_gid
    try:
        panel = pwd.getpwnam(PANEL_USER)
    except KeyError:
        return None
    return panel.pw_uid, panel.pw_gid


def _write(path: Path, text: str, mode: int, owner: tuple[int, int] | None) -> None:
    """Write a file as a whole or not at all."""
    new = path.with_suffix(".restored")
    write_new(new, text.encode(), mode, owner)
    put_in_place(new, path)
