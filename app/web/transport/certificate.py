"""The panel's own certificate: created on the first start, renewed when it expires or the machine's addresses change.

Its key is kept, so that users need to check its fingerprint only once. Creating a certificate needs the
`cryptography` library, whose megabytes the running panel has no use for: that happens in a process of its own
(`python -m app.web.transport.certificate DIRECTORY NAME…`).
"""

import json
import logging
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.errors import StoreUnavailable
from app.service.certificate_facts import fingerprint
from app.service.durable import put_in_place, write_new

log = logging.getLogger(__name__)

_RENEWED_BEFORE_S: Final = 60 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key on disk."""

    chain: Path
    key: Path

    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it."""
        return fingerprint(ssl.PEM_cert_to_DER_cert(self.chain.read_text()))

    def instance(self) -> str:
        """Eight characters that stay the same as long as the key does, and tell nothing about it."""
        return sha256(b"multihome instance" + self.key.read_bytes()).hexdigest()[:8]

    def context(self) -> ssl.SSLContext:
        """How TLS is spoken: 1.2 and up, with Python's choice of ciphers."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.chain, self.key)
        return context


def own_certificate(directory: Path, names: tuple[str, ...]) -> Certificate:
    """The certificate for these names and addresses, created if no stored one fits. Raises StoreUnavailable."""
    certificate = Certificate(directory / "certificate.pem", directory / "key.pem")
    if not _fits(certificate, names):
        command = [sys.executable, "-P", "-m", "app.web.transport.certificate", str(directory), *names]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StoreUnavailable(f"cannot create a certificate in {directory}: {done.stderr.strip()[-300:]}")
        if done.stdout:
            log.warning("%s", done.stdout.strip())
    return certificate


def _fits(certificate: Certificate, names: tuple[str, ...]) -> bool:
    """Whether the certificate exists, is for these names (noted in a file beside it), and does not expire soon."""
    try:
        noted = json.loads(_note(certificate.chain).read_text())
        certificate.context()
    except (OSError, ValueError):
        return False
    lasts = isinstance(noted, dict) and noted.get("until", 0) - time.time() > _RENEWED_BEFORE_S
    return lasts and noted.get("names") == sorted(names)


def _note(chain: Path) -> Path:
    return chain.with_suffix(".json")


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file atomically."""
    new = path.with_suffix(".new")
    write_new(new, content, mode)
    put_in_place(new, path)


def make(directory: Path, names: tuple[str, ...]) -> None:
    """Create a certificate for these names and addresses, with the existing key.

    A key that cannot be used (a power cut may have emptied it) is put aside as key.bad, and that is said on stdout: a
    panel that never starts again would be worse than a fingerprint that has to be compared once more.
    """
    from app.web.transport.certificate_making import is_usable, new_key, self_signed  # noqa: PLC0415 - its megabytes, see above

    directory.mkdir(mode=0o700, exist_ok=True)
    certificate = Certificate(directory / "certificate.pem", directory / "key.pem")
    if certificate.key.exists() and not is_usable(certificate.key.read_bytes()):
        bad = certificate.key.with_suffix(".bad")
        certificate.key.replace(bad)
        print(f"cannot read the panel's key; moved it to {bad} and created a new one with a new fingerprint")
    if not certificate.key.exists():
        _write(certificate.key, new_key(), 0o600)
    pem, until = self_signed(certificate.key.read_bytes(), names)
    _write(certificate.chain, pem, 0o644)
    _write(_note(certificate.chain), json.dumps({"names": sorted(names), "until": until}).encode(), 0o644)


if __name__ == "__main__":
    make(Path(sys.argv[1]), tuple(sys.argv[2:]))
