"""The served certificate: the installed one, or the self-signed one while none is usable.

It changes between two handshakes and never during one: connections and streams that run go on. The context that the
server was given hands every new handshake to the context of the moment; loading another certificate into a context
that is in use would keep the old one beside it where their keys are of different kinds.
"""

import asyncio
import logging
import ssl
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.errors import InvalidConfig, MultihomeError
from app.model.events.kinds import CertificateUnusable
from app.model.words import counted
from app.paths import StateDirectory
from app.service.audit import record
from app.service.certificate import BroughtCertificate
from app.service.certificate_facts import CertificateFacts, server_context
from app.service.configuration import Author, Origin
from app.web.transport.certificate import Certificate

log = logging.getLogger(__name__)

# What the console installs is served this soon; what expires is noticed this soon.
LOOKED_AT_EVERY_S: Final = 2.0
JUDGED_EVERY_S: Final = 3600.0
WARNED_BEFORE: Final = timedelta(days=14)
# Short: after a return to the self-signed certificate, browsers accept the host name again within a month.
_HSTS: Final = "max-age=2592000"

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Serving:
    """The certificate served now. `facts` None: the self-signed one. `trouble`: why the installed one is unusable."""

    context: ssl.SSLContext | None = None
    facts: CertificateFacts | None = None
    trouble: str = ""


class ServedCertificate:
    """The certificate of this panel. `load` may be called from any thread; what it finds is one assignment."""

    def __init__(self, home: StateDirectory) -> None:
        self._home = home
        self.brought = BroughtCertificate(home)
        self.own: Certificate | None = None
        self._serving = _Serving()
        self._seen: _Stamp | None = None
        self._judged_s = float("-inf")

    def start(self, own: Certificate) -> ssl.SSLContext:
        """The context for the server: it serves the certificate that `load` found last."""
        self.own = own
        self.load()
        context = own.context()
        context.sni_callback = self._hand_over
        return context

    def _hand_over(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        current = self._serving.context
        if current is not None:
            connection.context = current

    def load(self) -> None:
        """Load the installed certificate, and serve it if it is usable."""
        self._seen, self._judged_s = self._stamp(), time.monotonic()
        before = self._serving
        if self._seen is None:
            self._serving = _Serving()
            return
        try:
            self._serving = _Serving(server_context(self.brought.path), self.brought.facts())
        except InvalidConfig as error:
            reason = "; ".join(one.message for one in error.errors)
            self._serving = _Serving(trouble=reason)
            if before.trouble != reason:
                self._tell(reason)

    def _tell(self, reason: str) -> None:
        log.warning("cannot use the installed certificate: %s", reason)
        try:
            record(self._home, Author("panel", Origin.PANEL), CertificateUnusable(reason))
        except MultihomeError as error:
            log.warning("that cannot be noted: %s", error)

    def _stamp(self) -> _Stamp | None:
        try:
            found = self.brought.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    async def watch(self) -> None:
        """Follow the file, and the calendar, until cancelled."""
        while True:
            await asyncio.sleep(LOOKED_AT_EVERY_S)
            if self._stamp() != self._seen or time.monotonic() - self._judged_s > JUDGED_EVERY_S:
                await asyncio.to_thread(self.load)

    @property
    def facts(self) -> CertificateFacts | None:
        """What the served certificate says; None: it is the self-signed one."""
        return self._serving.facts

    @property
    def strict_transport(self) -> str:
        """The Strict-Transport-Security header (RFC 6797); empty for the self-signed certificate."""
        facts = self._serving.facts
        return _HSTS if facts is not None and facts.is_trusted else ""

    def is_for(self, name: str) -> bool:
        """Whether the served certificate names this host: its owner owns that name."""
        facts = self._serving.facts
        parent = f"*.{name.partition('.')[2]}"
        return facts is not None and (name in facts.names or parent in facts.names)

    def warning(self, now: datetime) -> str:
        """The certificate warning on every page, or empty."""
        serving = self._serving
        if serving.trouble:
            return (
                f"The installed certificate cannot be used: {serving.trouble}."
                " The router's self-signed certificate replaces it. Install a new one in Settings."
            )
        if serving.facts is None or serving.facts.until - now > WARNED_BEFORE:
            return ""
        days = max(0, (serving.facts.until - now).days)
        left = "within a day" if days == 0 else f"in {counted(days, 'day')}"
        ends = f"{left} ({serving.facts.until:%Y-%m-%d})"
        return f"The panel's certificate expires {ends}. Install a new one in Settings."
