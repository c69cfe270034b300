"""Saving over the API: If-Match, commit-confirm, and the service layer under both."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address
from secrets import token_urlsafe
from typing import Annotated, Final

from fastapi import Depends, Header, HTTPException, Query, Request, Response

from app.errors import Conflict, FieldError, InvalidConfig, WorkerSilent
from app.model.facts import Facts
from app.service.configuration import Edit, Note, Saved
from app.web.access.authentication import Caller, TheCaller
from app.web.access.confirm_window import confirm_by, local_address
from app.web.panel import Panel, ThePanel

# How a program confirms what it saved: with this key, within so many seconds.
KEY_HEADER: Final = "Multihome-Confirm-Key"
WITHIN_HEADER: Final = "Multihome-Confirm-Within"


def wanted_revision(
    if_match: Annotated[str | None, Header(description='`"12"`: only if 12 is the newest')] = None,
) -> int | None:
    """The revision that If-Match names, or None for the newest. Raises InvalidConfig."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = re.fullmatch(r'\s*(?:W/)?"(\d{1,9})"\s*', if_match)
    if found is None:
        raise InvalidConfig(FieldError("If-Match", 'a revision in quotes, as in ETag: "12"'))
    return int(found[1])


def tag(response: Response, revision: int) -> None:
    """Set the ETag of a response to its revision."""
    response.headers["ETag"] = f'"{revision}"'


@dataclass(frozen=True, slots=True)
class Change:
    """A request that changes something: its author, its base revision, and the router's address that it used."""

    panel: Panel
    caller: Caller
    expected: int | None
    response: Response
    local: IPv4Address | None = None
    force: bool = False

    @property
    def facts(self) -> Facts:
        """The facts that the worker reported last. Raises WorkerSilent before its first report."""
        status = self.panel.link.status
        if status is None:
            raise WorkerSilent("the routing service has not reported this machine's interfaces yet")
        return status.facts

    def save(self, edit: Edit, note: Note) -> Saved:
        """Save it and tag the answer, which carries the key that keeps it.

        Raises InvalidConfig, WorkerSilent, StoreUnavailable, or answers 412.
        """
        facts, key = self.facts, token_urlsafe()
        confirm = confirm_by(facts, self.local, key=key)
        try:
            saved = self.panel.configuration.change(
                edit,
                facts=facts,
                author=self.caller.author,
                note=note,
                expected=self.expected,
                confirm=confirm,
                force=self.force,
            )
        except Conflict as error:
            raise HTTPException(412, str(error)) from error
        tag(self.response, saved.after.number)
        if saved.changed and saved.window_s is not None:
            self.response.headers[KEY_HEADER] = key
            self.response.headers[WITHIN_HEADER] = str(saved.window_s)
        return saved


def change(
    *,
    request: Request,
    panel: ThePanel,
    caller: TheCaller,
    revision: Annotated[int | None, Depends(wanted_revision)],
    response: Response,
    force: Annotated[bool, Query(description="save health checks also where they take a working ISP down")] = False,
) -> Change:
    """The change that this request asks for."""
    return Change(panel, caller, revision, response, local_address(request), force)


TheChange = Annotated[Change, Depends(change)]
