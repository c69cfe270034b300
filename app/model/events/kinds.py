"""Every kind of event: name, topic, icon, severity and words. A new kind is added only here."""

import re
from datetime import date, datetime
from typing import Final, Literal

from app.model.events.event import AuditEvent, Severity, Topic, WorkerEvent
from app.model.verdict import Layer, State
from app.model.words import counted, either, joined

_OF_STATE: Final = {State.UP: Severity.GOOD, State.DOWN: Severity.BAD, State.UNKNOWN: Severity.WARNING}
_STATE_IN_0_1: Final = re.compile(r" is (up|down|unknown)(?::|$)")


class VerdictChanged(WorkerEvent, kind="verdict", topic=Topic.ISPS, icon="isp", severity=Severity.NOTICE):
    """A gateway has become up, down or unknown."""

    gateway: str
    number: int
    state: State
    reason: str
    layer: Layer | None = None
    detected_ms: float | None = None

    def _text(self) -> str:
        return f"{self.gateway} is {self.state}{f': {self.reason}' if self.reason else ''}"

    def _severity(self) -> Severity:
        return _OF_STATE[self.state]

    @classmethod
    def _severity_in_0_1(cls, text: str) -> Severity:
        found = _STATE_IN_0_1.search(text)
        return _OF_STATE[State(found[1])] if found else cls.severity


class FailoverEvent(WorkerEvent, kind="failover", topic=Topic.ISPS, icon="failover", severity=Severity.NOTICE):
    """New or existing connections go through other gateways than before."""

    opening = "failed over from "


class TierChanged(FailoverEvent):
    """Another tier carries new connections: a better one, or a worse one because the gateways `down` failed."""

    gateways: tuple[str, ...]
    number: int
    tier: int
    is_better: bool
    down: tuple[str, ...]
    standby: tuple[str, ...]

    def _text(self) -> str:
        carries = either(len(self.gateways), "carries", "carry")
        who = f"{joined(self.gateways)} (tier {self.tier}) {carries} new connections"
        if self.is_better:
            verb = either(len(self.standby), "is", "are")
            return f"{who} again" + (f"; {joined(self.standby)} {verb} on standby" if self.standby else "")
        return f"{joined(self.down)} {either(len(self.down), 'is', 'are')} down; {who}" if self.down else who


class FlowsMoved(FailoverEvent):
    """Flows moved off a gateway and TCP connections were reset; `back`: because the gateway is on standby again."""

    gateway: str
    number: int
    flows_moved: int
    flows_told: int
    back: bool = False
    layer: Layer | None = None
    switched_ms: float | None = None

    def _text(self) -> str:
        reset = f", {counted(self.flows_told, 'TCP connection')} reset" if self.flows_told else ""
        flows = counted(self.flows_moved, "flow")
        if self.back:
            return f"{self.gateway} is on standby again: {flows} moved to a better tier{reset}"
        return f"failed over from {self.gateway}: {flows} moved{reset}"


class DriftRepaired(WorkerEvent, kind="drift", topic=Topic.DRIFT, icon="drift", severity=Severity.WARNING):
    """Another program changed objects of Multihome. `changes` and `more` others repaired them; `seen`: kernel
    events.
    """

    opening = "repaired: "
    changes: tuple[str, ...]
    more: int
    seen: tuple[str, ...]
    actor: str

    def _text(self) -> str:
        more = f"; and {self.more} more" if self.more else ""
        seen = f" (seen: {'; '.join(self.seen)})" if self.seen else ""
        return f"repaired: {'; '.join(self.changes)}{more}{seen}"


class DriftContested(WorkerEvent, kind="contested", topic=Topic.DRIFT, icon="drift", severity=Severity.WARNING):
    """Another program undoes every repair, so repairs of these objects are delayed."""

    changes: tuple[str, ...]
    more: int
    actor: str

    def _text(self) -> str:
        return self._said("keeps undoing these repairs, which are now delayed by up to 5 s")

    def _said(self, what: str) -> str:
        more = f"; and {self.more} more" if self.more else ""
        who = self.actor or "an unidentified program"
        return f"{who} {what}: {'; '.join(self.changes)}{more}"


class DriftLeftAlone(DriftContested, kind="left-alone", topic=Topic.DRIFT, icon="drift"):
    """The other program has stopped: repairs are immediate again."""

    def _text(self) -> str:
        return self._said("no longer undoes these repairs, which are immediate again")


class RevisionInForce(WorkerEvent, kind="revision", topic=Topic.CONFIGURATION, icon="edit"):
    """Another revision was applied to the kernel."""

    words = "revision {0.revision} applied"
    opening = "revision "
    revision: int


class RevisionReturned(RevisionInForce):
    """A revision was rolled back, and an earlier one restored."""

    words = "revision {0.revision} rolled back, revision {0.to} restored: {0.why}"
    to: int
    why: str


class ChangeRejected(WorkerEvent, kind="rejected", topic=Topic.CONFIGURATION, icon="edit", severity=Severity.WARNING):
    """The kernel rejected a change."""

    words = "{0.sentence}"
    sentence: str


class WorkerNews(WorkerEvent, kind="worker"):
    """News of the worker itself."""

    words = "{0.sentence}"
    opening = "the worker "
    sentence: str


class ConfigurationSaved(AuditEvent, kind="configuration", topic=Topic.CONFIGURATION, icon="edit"):
    """A user saved a revision."""

    words = "{0.note}"
    note: str
    revision: int | None = None


class RevisionConfirmed(AuditEvent, kind="confirmation", topic=Topic.CONFIGURATION, icon="edit"):
    """A user confirmed a revision."""

    words = "revision {0.revision} confirmed"
    opening = "revision "
    revision: int


class LoggedIn(AuditEvent, kind="login"):
    """A user logged in."""

    deed = "logged in"


class SessionEnded(AuditEvent, kind="logout"):
    """A user ended a session."""

    deed = "ended a session"


class LoginFailed(AuditEvent, kind="login failed", severity=Severity.WARNING):
    """A login failed."""

    words = "failed login as {0.name}"
    deed = "tried to log in and failed"
    name: str


class PasswordChanged(AuditEvent, kind="password"):
    """A user's password was changed."""

    words = "password of {0.user} changed; all sessions of this user ended"
    user: str


class PasswordRefused(AuditEvent, kind="password failed", severity=Severity.WARNING):
    """A logged-in user gave a wrong current password."""

    words = "password of {0.user} not changed: wrong current password"
    user: str


class AdministratorCreated(AuditEvent, kind="user"):
    """The first user was created."""

    words = 'administrator account "{0.name}" created'
    opening = "administrator account "
    name: str


class TokenChanged(AuditEvent, kind="token"):
    """A user created or revoked an API token."""

    words = "token {0.name} {0.change}"
    name: str
    change: Literal["created", "created (read only)", "revoked"]


class CertificateInstalled(AuditEvent, kind="certificate"):
    """A user installed a certificate."""

    words = "certificate for {0.names} installed, valid until {0.until:%Y-%m-%d}"
    names: str
    until: date


class CertificateRemoved(AuditEvent, kind="certificate"):
    """A user removed the installed certificate."""

    words = "certificate removed; the router's self-signed certificate replaces it"


class CertificateUnusable(AuditEvent, kind="certificate"):
    """The installed certificate cannot be used."""

    words = "the installed certificate cannot be used: {0.reason}; the router's self-signed certificate replaces it"
    reason: str


class BackupRestored(AuditEvent, kind="restore"):
    """A user restored users, tokens and certificate from a backup."""

    words = "users, API tokens and certificate restored from the backup of {0.made_at:%Y-%m-%d %H:%M} UTC"
    made_at: datetime


class SetupRefused(AuditEvent, kind="set-up"):
    """A setup attempt gave a wrong token."""

    words = "setup attempted with a wrong token"
