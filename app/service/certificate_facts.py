"""Reads names, validity and trust of a certificate by speaking TLS with it, in memory.

That is what browsers do with it, so it finds whatever would stop them, and it needs nothing but the OpenSSL that the
panel speaks TLS with anyway. Nobody is asked: no network, no revocation.
"""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from app.errors import FieldError, InvalidConfig

# A certificate may name hundreds of hosts and be of any length; a page shows so much of it.
MOST_NAMES: Final = 20
LONGEST_NAME: Final = 100

_HANDSHAKE_TURNS: Final = 10
# X509_V_ERR_… of OpenSSL, in words for whoever brought the certificate.
_NOT_YET_VALID, _EXPIRED, _WRONG_PURPOSE = 9, 10, 26
_FAULTS: Final = {
    _NOT_YET_VALID: "it is not valid yet; is this router's clock right?",
    _EXPIRED: "it has expired",
    _WRONG_PURPOSE: "it is not for use by servers",
}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says. `distrust`: why this machine's own list of authorities does not vouch for it, or empty.

    `names` are host names, lower case, `*.` in front where it is for all of a domain, and addresses.
    """

    names: tuple[str, ...]
    issuer: str
    until: datetime
    fingerprint: str
    distrust: str

    @property
    def is_trusted(self) -> bool:
        """Whether a browser with the usual authorities accepts it."""
        return not self.distrust


def server_context(pem: Path) -> ssl.SSLContext:
    """The TLS context (1.2 and later) that serves this key and chain. Raises InvalidConfig (field `chain` or `key`)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(pem, password="")  # or OpenSSL would ask for one on the terminal
    except ssl.SSLError as error:
        raise InvalidConfig(_fault(error)) from error
    except (OSError, ValueError) as error:
        raise InvalidConfig(FieldError("chain", f"it cannot be read: {error}")) from error
    return context


def facts_of(pem: Path) -> CertificateFacts:
    """What the first certificate of this file of key and chain says.

    Raises InvalidConfig for one that no browser would accept whatever it trusts: of another key, expired, nameless.
    """
    server = server_context(pem)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    try:
        client.load_verify_locations(cadata=_leaf(pem))
        spoken = _handshake(server, client, None)
    except ssl.SSLCertVerificationError as error:
        text = _FAULTS.get(error.verify_code, error.verify_message)
        raise InvalidConfig(FieldError("chain", f"browsers reject this certificate: {text}")) from error
    except (ssl.SSLError, ValueError) as error:
        raise InvalidConfig(FieldError("chain", f"TLS fails with this certificate: {error}")) from error
    told: dict[str, Any] = spoken.getpeercert() or {}
    names = _names(told)
    if not names:
        raise InvalidConfig(FieldError("chain", "it has no host name (subjectAltName), so browsers reject it"))
    return CertificateFacts(
        names=names,
        issuer=_issuer(told),
        until=datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC),
        fingerprint=fingerprint(spoken.getpeercert(binary_form=True) or b""),
        distrust=_distrust(server, names[0]),
    )


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER), as browsers show it."""
    return sha256(certificate).digest().hex(":").upper()


def _leaf(pem: Path) -> str:
    text, end = pem.read_text(encoding="ascii"), "-----END CERTIFICATE-----"
    return text[text.index("-----BEGIN CERTIFICATE-----") : text.index(end) + len(end)]


def _distrust(server: ssl.SSLContext, name: str) -> str:
    """Why a client with the system's authorities refuses it, or nothing."""
    try:
        _handshake(server, ssl.create_default_context(), name.replace("*", "www", 1))
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except (ssl.SSLError, ValueError) as error:
        return str(error)
    return ""


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> ssl.SSLObject:
    """Let the two speak until the client has made up its mind; its end. Raises SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(_HANDSHAKE_TURNS):
        with suppress(ssl.SSLWantReadError):
            here.do_handshake()
            return here
        with suppress(ssl.SSLWantReadError):
            there.do_handshake()
    raise ssl.SSLError("the handshake does not complete")


def _names(told: dict[str, Any]) -> tuple[str, ...]:
    found = [str(value).lower() for kind, value in told.get("subjectAltName", ()) if kind in {"DNS", "IP Address"}]
    return tuple(name[:LONGEST_NAME] for name in found[:MOST_NAMES])


def _issuer(told: dict[str, Any]) -> str:
    parts = {key: str(value) for group in told.get("issuer", ()) for key, value in group}
    found = (parts.get("organizationName", ""), parts.get("commonName", ""))
    return ", ".join(one[:LONGEST_NAME] for one in found if one) or "unknown"


def _fault(error: ssl.SSLError) -> FieldError:
    """What OpenSSL says about key and chain, in words."""
    match error.reason:
        case "KEY_VALUES_MISMATCH" | "KEY_TYPE_MISMATCH":
            text = "the key does not belong to the first certificate; the router's own certificate comes first"
            return FieldError("key", text)
        case "EE_KEY_TOO_SMALL" | "CA_KEY_TOO_SMALL" | "CA_MD_TOO_WEAK":
            return FieldError("chain", "its key or signature is too weak for current browsers")
        case reason:
            said = (reason or "it is damaged").replace("_", " ").lower()
            return FieldError("chain", f"key and certificates cannot be read: {said}")
