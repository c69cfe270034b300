"""The user's own certificate for the panel, in place of the self-signed one.

Key and chain are kept in one file, which is replaced as a whole: they can never be of two minds. Only the panel (and
root) can read it. Whoever runs the panel notices a new file by itself.
"""

import contextlib
import os
import re
import ssl
from pathlib import Path
from typing import Final

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.events.kinds import CertificateInstalled, CertificateRemoved
from app.paths import StateDirectory
from app.service.audit import record
from app.service.certificate_facts import CertificateFacts, facts_of, fingerprint
from app.service.configuration import Author
from app.service.durable import put_in_place, write_new

LARGEST: Final = 64 * 1024
MOST_CERTIFICATES: Final = 10
_MODE: Final = 0o600

# No body goes past the next dashes, so that a text full of beginnings costs no more than any other.
_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----\s(?:(?!-----)[\t\n\r -~])*-----END \1-----")


class BroughtCertificate:
    """The certificate that was brought to one state directory, if any."""

    def __init__(self, home: StateDirectory) -> None:
        self._home = home
        self.path = home.path / "tls" / "brought.pem"
        self._own = home.path / "tls" / "certificate.pem"

    def is_there(self) -> bool:
        """Whether one was brought, whatever it is worth."""
        return self.path.exists()

    def own_fingerprint(self) -> str:
        """The fingerprint of the certificate that the router made for itself. Raises StoreUnavailable."""
        try:
            return fingerprint(ssl.PEM_cert_to_DER_cert(self._own.read_text(encoding="ascii")))
        except (OSError, ValueError) as error:
            raise StoreUnavailable(
                f"{self._own} cannot be read ({error}); the panel creates it when it starts"
            ) from error

    def facts(self) -> CertificateFacts:
        """What it says. Raises InvalidConfig where it cannot be used (any more)."""
        return facts_of(self.path)

    def install(self, chain: str, key: str, author: Author) -> CertificateFacts:
        """Take over a chain (PEM, the router's own certificate first) and its key, which may stand in one text.

        Raises InvalidConfig (field `chain` or `key`), and nothing has changed; or StoreUnavailable.
        """
        text = one_file(chain, key)
        directory, new = self.path.parent, self.path.with_suffix(".new")
        if not directory.is_dir():
            raise StoreUnavailable(f"{directory} does not exist: start the panel once, then install a certificate")
        try:
            _write(new, text)
            found = facts_of(new)
            put_in_place(new, self.path)
        except OSError as error:
            raise StoreUnavailable(f"cannot write to {directory}: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
        record(self._home, author, CertificateInstalled(", ".join(found.names), found.until))
        return found

    def remove(self, author: Author) -> bool:
        """Go back to the router's own; False: none was brought. Raises StoreUnavailable."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreUnavailable(f"cannot remove {self.path}: {error.strerror}") from error
        record(self._home, author, CertificateRemoved())
        return True


def one_file(chain: str, key: str) -> str:
    """Key and chain as the one text that is kept; whatever else stood around them is left out. Raises InvalidConfig."""
    if len(chain) + len(key) > LARGEST:
        raise InvalidConfig(FieldError("chain", f"chain and key exceed the limit of {LARGEST // 1024} KiB"))
    certificates = [one[0] for one in _BLOCK.finditer(chain) if one[1] == "CERTIFICATE"]
    keys = list(dict.fromkeys(one[0] for one in _BLOCK.finditer(f"{key}\n{chain}") if one[1].endswith("PRIVATE KEY")))
    if not certificates:
        raise InvalidConfig(FieldError("chain", "no certificate found (PEM: -----BEGIN CERTIFICATE-----)"))
    if len(certificates) > MOST_CERTIFICATES:
        raise InvalidConfig(FieldError("chain", f"the chain has more than {MOST_CERTIFICATES} certificates"))
    if len(keys) != 1:
        said = "there is no private key" if not keys else "there is more than one private key"
        raise InvalidConfig(FieldError("key", f"{said} (PEM: -----BEGIN PRIVATE KEY-----, without a password)"))
    if "ENCRYPTED" in keys[0]:
        raise InvalidConfig(FieldError("key", "the key has a password: remove the password first"))
    return "\n".join((*keys, *certificates, ""))


def _write(path: Path, text: str) -> None:
    """A file that only the owner of its directory can read: the panel, also where root writes it."""
    owner = path.parent.stat()
    theirs = (owner.st_uid, owner.st_gid) if owner.st_uid != os.geteuid() else None
    write_new(path, text.encode("ascii"), _MODE, theirs)
