"""Every kind of event: its name, topic, icon, severity and words. Here alone a new one is added."""

import re
from datetime import date, datetime
from typing import Final, Literal

from app.model.events.event import AuditEvent, Severity, Topic, WorkerEvent
from app.model.verdict import Layer, State
from app.model.words import counted, either, joined

_OF_STATE: Final = {State.UP: Severity.GOOD, State.DOWN: Severity.BAD, State.UNKNOWN: Severity.WARNING}
_STATE_IN_0_1: Final = re.compile(r" is (up|down|unknown)(?::|$)")


class VerdictChanged(WorkerEvent, kind="verdict", topic=Topic.ISPS, icon="isp", severity=Severity.NOTICE):
    """A gateway is up, down or unknown, and was not before."""

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


class FellAgain(VerdictChanged):
    """A gateway that was used before its hold was over has fallen again."""

    def _text(self) -> str:
        return f"{self.gateway} is down again: {self.reason}"


class FailoverEvent(WorkerEvent, kind="failover", topic=Topic.ISPS, icon="failover", severity=Severity.NOTICE):
    """New connections, or those that are there, go through other gateways than before."""

    opening = "connections avoid "


class TierChanged(FailoverEvent):
    """Another tier carries new connections: a better one, or a worse one because of those that are `down`."""

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
            stand = either(len(self.standby), "stands", "stand")
            return f"{who} again" + (f"; {joined(self.standby)} {stand} by" if self.standby else "")
        return f"{joined(self.down)} {either(len(self.down), 'is', 'are')} down; {who}" if self.down else who


class UsedEarly(FailoverEvent):
    """Gateways are used before their hold is over."""

    gateways: tuple[str, ...]
    number: int

    def _text(self) -> str:
        answer, used = ("answers", "is") if len(self.gateways) == 1 else ("answer", "are")
        return f"{joined(self.gateways)} {answer} again and {used} used already, because nothing better works"


class FlowsMoved(FailoverEvent):
    """New connections avoid a gateway, its flows were moved and its clients told; `back`: it is a backup at rest."""

    gateway: str
    number: int
    flows_moved: int
    flows_told: int
    back: bool = False
    layer: Layer | None = None
    switched_ms: float | None = None

    def _text(self) -> str:
        told = f", {counted(self.flows_told, 'TCP client')} told" if self.flows_told else ""
        flows = counted(self.flows_moved, "flow")
        if self.back:
            return f"{self.gateway} is not needed any more: {flows} moved back{told}"
        return f"connections avoid {self.gateway}: {flows} moved{told}"


class DriftRepaired(WorkerEvent, kind="drift", topic=Topic.DRIFT, icon="drift", severity=Severity.WARNING):
    """Another program touched what is ours. `changes` and `more` others put it right; `seen`: what the kernel told."""

    opening = "put right: "
    changes: tuple[str, ...]
    more: int
    seen: tuple[str, ...]
    actor: str

    def _text(self) -> str:
        more = f"; and {self.more} more" if self.more else ""
        seen = f" (seen: {'; '.join(self.seen)})" if self.seen else ""
        return f"put right: {'; '.join(self.changes)}{more}{seen}"


class DriftContested(WorkerEvent, kind="contested", topic=Topic.DRIFT, icon="drift", severity=Severity.WARNING):
    """Another program undoes every repair, so that repairs of these objects wait."""

    changes: tuple[str, ...]
    more: int
    actor: str

    def _text(self) -> str:
        return self._said("keeps undoing Multihome's changes; repairs wait up to 5 s from now on")

    def _said(self, what: str) -> str:
        more = f"; and {self.more} more" if self.more else ""
        who = self.actor or "another program, which the kernel does not name,"
        return f"{who} {what}: {'; '.join(self.changes)}{more}"


class DriftLeftAlone(DriftContested, kind="left-alone", topic=Topic.DRIFT, icon="drift"):
    """The other program has stopped: repairs are made at once again."""

    def _text(self) -> str:
        return self._said("no longer undoes Multihome's changes; repairs are immediate again")


class RevisionInForce(WorkerEvent, kind="revision", topic=Topic.CONFIGURATION, icon="edit"):
    """The kernel holds another revision."""

    words = "revision {0.revision} is in force"
    opening = "revision "
    revision: int


class RevisionReturned(RevisionInForce):
    """A revision was given back, and the one before it is in force again."""

    words = "revision {0.revision} was given back, revision {0.to} is in force again: {0.why}"
    to: int
    why: str


class ChangeRejected(WorkerEvent, kind="rejected", topic=Topic.CONFIGURATION, icon="edit", severity=Severity.WARNING):
    """The kernel refused something."""

    words = "{0.sentence}"
    sentence: str


class WorkerNews(WorkerEvent, kind="worker"):
    """Something that concerns the worker itself."""

    words = "{0.sentence}"
    opening = "the worker "
    sentence: str


class ConfigurationSaved(AuditEvent, kind="configuration", topic=Topic.CONFIGURATION, icon="edit"):
    """Somebody saved a revision."""

    words = "{0.note}"
    note: str
    revision: int | None = None


class RevisionConfirmed(AuditEvent, kind="confirmation", topic=Topic.CONFIGURATION, icon="edit"):
    """Somebody confirmed a revision."""

    words = "revision {0.revision} is kept"
    opening = "revision "
    revision: int


class LoggedIn(AuditEvent, kind="login"):
    """Somebody logged in."""

    deed = "logged in"


class SessionEnded(AuditEvent, kind="logout"):
    """Somebody logged a browser out."""

    deed = "ended a session"


class LoginFailed(AuditEvent, kind="login failed", severity=Severity.WARNING):
    """Somebody did not know name and password."""

    words = "failed login as {0.name}"
    deed = "tried to log in and failed"
    name: str


class PasswordChanged(AuditEvent, kind="password"):
    """Somebody gave a user another password."""

    words = "password of {0.user} changed, all its sessions ended"
    user: str


class PasswordRefused(AuditEvent, kind="password failed", severity=Severity.WARNING):
    """Somebody who is logged in did not know the password."""

    words = "tried to change the password of {0.user} with a wrong one"
    user: str


class AdministratorCreated(AuditEvent, kind="user"):
    """Somebody created the first user."""

    words = "first administrator {0.name}"
    opening = "first administrator "
    name: str


class TokenChanged(AuditEvent, kind="token"):
    """Somebody created or revoked an API token."""

    words = "token {0.name} {0.change}"
    name: str
    change: Literal["made", "made (read only)", "revoked"]


class CertificateInstalled(AuditEvent, kind="certificate"):
    """Somebody installed a certificate."""

    words = "certificate for {0.names} installed, until {0.until:%Y-%m-%d}"
    names: str
    until: date


class CertificateRemoved(AuditEvent, kind="certificate"):
    """Somebody removed the installed certificate."""

    words = "certificate removed; the router's own is in its place"


class CertificateUnusable(AuditEvent, kind="certificate"):
    """The installed certificate cannot be used."""

    words = "the certificate that was installed cannot be used: {0.reason}; the router's own is in its place"
    reason: str


class BackupRestored(AuditEvent, kind="restore"):
    """Somebody replaced users, tokens and certificate by those of a backup."""

    words = "users, API tokens and certificate of the backup of {0.made_at:%Y-%m-%d %H:%M} UTC restored"
    made_at: datetime


class SetupRefused(AuditEvent, kind="set-up"):
    """Somebody did not know the set-up token."""

    words = "a wrong set-up token was tried"
