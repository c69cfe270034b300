"""Seals and opens a document with a passphrase: Argon2id for the key (RFC 9106), ChaCha20-Poly1305 (RFC 8439) over it.

Run by `sealing` as a process of its own: the key takes 64 MiB for a moment and the cipher's library some megabytes for
good, which the panel has no use for. On standard input: the verb, the passphrase, each a line, then the document.

A sealed document is MAGIC, salt, check, nonce and the cipher text. All of it is authenticated; the check is made of the
passphrase alone, so that a wrong one is told from a damaged file. How hard the key is to make belongs to the version
in MAGIC: a number from the file would be the attacker's to choose.
"""

import secrets
import sys
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.service.sealing import MAGIC, NO_BACKUP

_SALT, _CHECK, _NONCE, _KEY = 16, 16, 12, 32
# RFC 9106, section 4, its second choice for machines with little memory: 64 MiB, three passes.
_MEMORY_KIB, _PASSES, _LANES = 65_536, 3, 4
HEADER: Final = len(MAGIC) + _SALT + _CHECK + _NONCE

ANOTHER_ONE: Final = "wrong passphrase"
DAMAGED: Final = "this backup was modified or damaged after it was created"


def sealed(document: bytes, passphrase: str) -> bytes:
    """The document, sealed. No two are alike."""
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    key, check = _key(passphrase, salt)
    header = MAGIC + salt + check + nonce
    return header + ChaCha20Poly1305(key).encrypt(nonce, document, header)


def opened(document: bytes, passphrase: str) -> bytes:
    """What was sealed. Raises ValueError with a sentence."""
    if not document.startswith(MAGIC):
        raise ValueError(NO_BACKUP)
    header, cipher_text = document[:HEADER], document[HEADER:]
    if len(header) < HEADER:
        raise ValueError(DAMAGED)
    after_magic = header[len(MAGIC) :]
    salt, check, nonce = after_magic[:_SALT], after_magic[_SALT : _SALT + _CHECK], after_magic[_SALT + _CHECK :]
    key, expected = _key(passphrase, salt)
    if not secrets.compare_digest(check, expected):
        raise ValueError(ANOTHER_ONE)
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, cipher_text, header)
    except InvalidTag:
        raise ValueError(DAMAGED) from None


def _key(passphrase: str, salt: bytes) -> tuple[bytes, bytes]:
    """The key, and what proves the passphrase without telling anything about the key."""
    made = hash_secret_raw(
        passphrase.encode(), salt, _PASSES, _MEMORY_KIB, _LANES, hash_len=_KEY + _CHECK, type=Type.ID
    )
    return made[:_KEY], made[_KEY:]


def main() -> int:
    """Do what standard input says; 1 with a sentence on standard error where that cannot be."""
    verb, passphrase, document = sys.stdin.buffer.read().split(b"\n", 2)
    work = {b"seal": sealed, b"open": opened}[verb]
    try:
        sys.stdout.buffer.write(work(document, passphrase.decode()))
    except ValueError as error:
        sys.stderr.write(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
