"""Revisions that wait to be confirmed, and what a worker says of them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.model.config import EMPTY
from app.model.countdown import Returned
from app.model.status import Status
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin, Saved
from app.service.confirming import Confirm
from app.service.edits.gateways import change_gateway
from app.store.state import StateWriter
from tests.service.machine import BLANK, paper_config
from tests.web.fake_worker import healthy

ANA = Author("ana", Origin.PANEL, "192.0.2.7")
BEN = Author("ben", Origin.PANEL, "192.0.2.8")
ROOT = Author("root", Origin.CONSOLE)
KEY = "what the page was given"
BY_PAGE = Confirm(session=7, key=KEY)


def save(home: StateDirectory, weight: int, confirm: Confirm | None = None, author: Author = ANA) -> Saved:
    """Give gateway 1 this weight."""
    edit = Configuration(home).change
    return edit(
        lambda config: change_gateway(config, 1, {"weight": weight}),
        facts=BLANK,
        author=author,
        note="",
        confirm=confirm,
    )


def first(home: StateDirectory) -> None:
    """Revision 1: the paper's router, confirmed."""
    Configuration(home).change(lambda _: paper_config(), facts=BLANK, author=ROOT, note="the paper's")


def given_back(home: StateDirectory, number: int, to: int) -> None:
    """What a worker writes when it takes a revision back."""
    writer = StateWriter(home.state_db)
    returned = Returned(revision=number, why="not confirmed within 60 s", at=datetime.now(UTC), to=to)
    writer.write_returned(returned)
    writer.close()


def trying(number: int, **changes: Any) -> Status:
    """A worker's status 10 s after this revision came into force."""
    status = healthy(EMPTY, number)
    found = {"on_trial": number, "in_force_for_s": 10.0, "confirm_within_s": 50.0, "returns_to": 1, **changes}
    return replace(status, **found)
