"""The panel's certificate as the page Settings shows it."""

from dataclasses import dataclass
from datetime import datetime

from app.web.transport.served_certificate import ServedCertificate


@dataclass(frozen=True, slots=True)
class CertificateView:
    """The served certificate, and how browsers treat it. `is_brought`: an installed one can be removed."""

    title: str
    words: str
    is_brought: bool
    names: tuple[str, ...] = ()
    issuer: str = ""
    until: datetime | None = None
    fingerprint: str = ""


def certificate_view(served: ServedCertificate) -> CertificateView:
    """The certificate served now."""
    facts, own = served.facts, served.own
    if facts is None:
        return CertificateView(
            title="Self-signed certificate of this router",
            words="Browsers warn because no authority signed it. Compare the fingerprint with the one on the console.",
            is_brought=served.brought.is_there(),
            fingerprint="" if own is None else own.fingerprint(),
        )
    words = "Signed by an authority that this machine trusts: browsers accept it without a warning."
    if not facts.is_trusted:
        words = f"This machine does not trust it ({facts.distrust}); a browser may."
    return CertificateView(
        title="Installed certificate",
        words=words,
        is_brought=True,
        names=facts.names,
        issuer=facts.issuer,
        until=facts.until,
        fingerprint=facts.fingerprint,
    )


def consequence(served: ServedCertificate) -> str:
    """The consequence of removing the certificate."""
    if served.strict_transport:
        return (
            "Browsers that used the panel's host name will reject the self-signed certificate there for up to 30"
            " days. Using its IP address, they accept it after a warning."
        )
    return "Browsers will warn about the self-signed certificate."
