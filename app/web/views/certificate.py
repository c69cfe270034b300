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
            title="The router's own",
            words="Browsers warn once, because nobody vouches for it; compare the fingerprint with the console's.",
            is_brought=served.brought.is_there(),
            fingerprint="" if own is None else own.fingerprint(),
        )
    words = "This machine's list of authorities vouches for it, so browsers take it without a warning."
    if not facts.is_trusted:
        words = f"This machine's list of authorities does not vouch for it ({facts.distrust}); a browser may."
    return CertificateView(
        title="Installed by an administrator",
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
            "Browsers that opened the panel by its name will refuse the router's own certificate there for up to 30"
            " days; by its address they will take it after a warning."
        )
    return "Browsers will warn of the router's own certificate."
