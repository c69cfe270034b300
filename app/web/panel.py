"""The parts of one running panel. Requests reach it through the application's state."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Depends, Request

from app.errors import StoreUnavailable
from app.paths import StateDirectory
from app.service.audit import addresses_of_logins
from app.service.check_trials import CheckAnswer
from app.service.configuration import Configuration, Saved
from app.service.listening import Ports
from app.service.sessions import Sessions
from app.service.setup_token import SetupToken
from app.service.tokens import ApiTokens
from app.service.users import Users
from app.web.extension import Extension
from app.web.links.worker_link import WorkerLink
from app.web.protection.login_backoff import LoginBackoff
from app.web.protection.password_queue import PasswordQueue
from app.web.protection.wan_exposure import WanExposure
from app.web.rendering.assets import Assets
from app.web.rendering.templating import Templates
from app.web.transport.served_certificate import ServedCertificate

KEPT_ANSWERS: Final = 16


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Panel:
    """The parts of a running panel. `instance` tells the cookies of two panels on one host apart.

    `extension`: a page that the program which started the panel adds. `ports`: what it listens on beyond the loopback.
    `check_answers`: what the new health checks of the latest revisions answered, for the page that follows a save.
    """

    home: StateDirectory
    instance: str
    configuration: Configuration
    users: Users
    sessions: Sessions
    tokens: ApiTokens
    setup_token: SetupToken
    link: WorkerLink
    exposure: WanExposure
    templates: Templates
    certificate: ServedCertificate
    extension: Extension | None = None
    ports: Ports = frozenset()
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    password_queue: PasswordQueue = field(default_factory=PasswordQueue)
    login_backoff: LoginBackoff = field(default_factory=LoginBackoff)
    check_answers: dict[int, tuple[CheckAnswer, ...]] = field(default_factory=dict)

    def keep_answers(self, saved: Saved) -> None:
        """Keep what the checks of this save answered, of the last KEPT_ANSWERS saves."""
        if saved.answers:
            self.check_answers[saved.after.number] = saved.answers
            for old in sorted(self.check_answers)[:-KEPT_ANSWERS]:
                del self.check_answers[old]

    @property
    def cookie(self) -> str:
        """The session cookie's name. Cookies ignore ports, so it carries the instance."""
        return f"__Host-multihome-{self.instance}"

    @property
    def keep_prefix(self) -> str:
        """The prefix of the names of confirmation key cookies."""
        return f"{self.cookie}-keep-"

    def keep_cookie(self, revision: int) -> str:
        """The name of the cookie with the key that confirms this revision.

        One for each: of two tabs that save at once, the answer to the first may be the last to arrive.
        """
        return f"{self.keep_prefix}{revision}"


def assemble(
    home: StateDirectory,
    instance: str,
    templates: Templates | None = None,
    extension: Extension | None = None,
    ports: Ports = frozenset(),
) -> Panel:
    """Put a panel together for one state directory; nothing runs yet. Templates may be shared among panels.

    `extension`: a page beyond the router's own. `ports`: what the panel listens on beyond the loopback.
    """
    configuration, link = Configuration(home, ports), WorkerLink(home.worker_sock)
    resources = () if extension is None else (extension.resources,)
    panel = Panel(
        home=home,
        instance=instance,
        configuration=configuration,
        users=Users(home),
        sessions=Sessions(home),
        tokens=ApiTokens(home),
        setup_token=SetupToken(home),
        link=link,
        exposure=WanExposure(home, configuration, link),
        templates=Templates(Assets(*resources), *resources) if templates is None else templates,
        certificate=ServedCertificate(home),
        extension=extension,
        ports=ports,
    )
    _remember_good_addresses(panel)
    return panel


def _remember_good_addresses(panel: Panel) -> None:
    try:
        known = addresses_of_logins(panel.home)
    except StoreUnavailable:
        return
    for address in reversed(known):
        panel.login_backoff.remember(address)


def panel_of(request: Request) -> Panel:
    """The panel that this request came to."""
    panel: Panel = request.app.state.panel
    return panel


ThePanel = Annotated[Panel, Depends(panel_of)]
