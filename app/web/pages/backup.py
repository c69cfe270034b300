"""Full backup: one encrypted file with everything, and its restore after a preview."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.errors import Conflict, FieldError, InvalidConfig
from app.service import passwords
from app.service.backup import LARGEST_BACKUP, SUFFIX, Contents, restored
from app.service.backup import backup as made
from app.service.restoring import Kept, replaced, restore
from app.web.access.authentication import SIGNED_IN
from app.web.access.guard import LARGEST_BODY
from app.web.forms.fields import Field, Form, form, with_errors
from app.web.forms.typed import TheForm
from app.web.pages.changes import planned, save
from app.web.pages.responses import PageContext, ThePage

router = APIRouter(prefix="/settings", **SIGNED_IN)

# After this time the passphrase must be entered again.
HELD_S: Final = 600.0
MOST: Final = 4

# The passphrase of the file to restore; the passphrase for a new file is another field of the same page.
_ITS: Final = "its_passphrase"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded backup file with its passphrase."""

    file: bytes
    passphrase: str


async def upload(request: Request) -> Upload:
    """Read the upload. Raises 400 for an invalid form."""
    try:
        async with request.form(max_files=1, max_fields=5) as form:
            given, passphrase = form.get("backup"), form.get(_ITS, "")
            file = await given.read() if isinstance(given, UploadFile) else b""
    except (MultiPartException, ValueError) as error:
        raise HTTPException(400, "Cannot read this file.") from error
    return Upload(file, passphrase if isinstance(passphrase, str) else "")


TheUpload = Annotated[Upload, Depends(upload)]


@dataclass(frozen=True, slots=True)
class _Held:
    session: int
    until_s: float
    contents: Contents


class HeldBackups:
    """Decrypted backups that wait for the restore: a few, in memory only, each for its own session."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock = threading.Lock()

    def hold(self, session: int, contents: Contents, now_s: float) -> str:
        """Store a backup in place of an earlier one of this session; returns its token."""
        token = token_urlsafe(16)
        with self._lock:
            for old in [name for name, one in self._held.items() if one.session == session or one.until_s < now_s]:
                del self._held[old]
            while len(self._held) >= MOST:
                self._held.popitem(last=False)
            self._held[token] = _Held(session, now_s + HELD_S, contents)
        return token

    def look(self, session: int, token: str, now_s: float) -> Contents | None:
        """The backup of this session and token, or None if it expired or was replaced."""
        with self._lock:
            found = self._held.get(token)
        return found.contents if found is not None and found.session == session and now_s <= found.until_s else None

    def drop(self, token: str) -> None:
        """Remove a restored backup."""
        with self._lock:
            self._held.pop(token, None)


def held_backups(request: Request) -> HeldBackups:
    """The panel's decrypted backups."""
    held: HeldBackups = request.app.state.held_backups
    return held


@router.get("/backup")
def show(context: ThePage) -> Response:
    """The page."""
    return _page(context)


@router.post("/backup")
def take_away(context: ThePage, typed: TheForm) -> Response:
    """Create the encrypted file, as a download."""
    passphrase = typed.exactly("passphrase")
    try:
        passwords.require_good(passphrase, again=typed.exactly("again"), field="passphrase")
        file = made(context.panel.home, passphrase)
    except InvalidConfig as error:
        return _page(context, making=error)
    name = f"router-{context.panel.now():%Y-%m-%d}{SUFFIX}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file, media_type="application/octet-stream", headers=headers)


@router.post("/restore", max_body_size=LARGEST_BACKUP + LARGEST_BODY)
def open_it(context: ThePage, given: TheUpload) -> Response:
    """Preview of the restore of a backup. Nothing is changed."""
    try:
        contents = restored(given.file, given.passphrase)
        return _plan(context, contents)
    except InvalidConfig as error:
        return _page(context, opening=error)


@router.post("/restore/now")
def restore_now(context: ThePage, typed: TheForm) -> Response:
    """Restore the backup that was previewed."""
    token, session = typed["held"], context.visitor.session
    contents = held_backups(context.request).look(session.id, token, context.panel.monotonic())
    if contents is None:
        return _page(context, opening=InvalidConfig(FieldError("", "The preview has expired: choose the file again.")))
    kept, config = Kept(session.user, session.id), contents.configuration
    made_at = f"{contents.made_at:%Y-%m-%d %H:%M} UTC"
    try:
        saved = restore(
            context.panel.home,
            contents,
            lambda: save(
                context,
                lambda _: config,
                f"restored from the backup of {made_at}",
                typed.number("revision"),
                force=True,
            ),
            context.visitor.author,
            kept,
        )
    except InvalidConfig as error:
        return _page(context, opening=error)
    except Conflict:
        return _plan(context, contents, status=409)
    held_backups(context.request).drop(token)
    return context.saved("/revisions", saved)


def _plan(context: PageContext, contents: Contents, *, status: int = 200) -> Response:
    """The preview of a restore. Raises InvalidConfig if its configuration is not possible on this router."""
    session, head = context.visitor.session, context.panel.configuration.head()
    plan = planned(context, head.config, contents.configuration)
    return context.page(
        "restore.html",
        status=status,
        plan=plan,
        parts=replaced(context.panel.home, contents, Kept(session.user, session.id)),
        made_at=contents.made_at,
        revision=head.number,
        held=held_backups(context.request).hold(session.id, contents, context.panel.monotonic()),
        changed=status == 409,
    )


def _page(
    context: PageContext, *, making: InvalidConfig | None = None, opening: InvalidConfig | None = None
) -> Response:
    make, restoring = _make_form(), _restore_form()
    if making is not None:
        make = with_errors(make, making.errors)
    if opening is not None:
        named = (replace(one, field=_ITS if one.field == "passphrase" else one.field) for one in opening.errors)
        restoring = with_errors(restoring, named)
    return context.page("backup.html", status=422 if making or opening else 200, make_form=make, restore_form=restoring)


def _make_form() -> Form:
    hint = f"At least {passwords.SHORTEST} characters. Without the passphrase the file cannot be read, not even by you."
    return form(
        (
            Field("passphrase", "Passphrase", "", hint, kind="password", autocomplete="new-password", required=True),
            Field("again", "Repeat passphrase", kind="password", autocomplete="new-password", required=True),
        )
    )


def _restore_form() -> Form:
    return form((Field(_ITS, "Passphrase of this file", kind="password", autocomplete="off", required=True),))
