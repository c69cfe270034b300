"""Saving from a page: save, preview and warnings, with the worker's facts and the page's revision."""

from dataclasses import replace

from app.errors import FieldError, InvalidConfig, WorkerSilent
from app.model.config import Config
from app.model.facts import Facts
from app.service import warnings
from app.service.check_trials import tried
from app.service.configuration import Edit, Note, Saved
from app.service.confirming import Confirm
from app.service.preview import Preview, preview
from app.store.reader import Revision
from app.web.access.confirm_window import confirm_by, local_address
from app.web.pages.responses import PageContext


def facts_of(context: PageContext) -> Facts:
    """The facts that the worker reported last. Raises WorkerSilent before its first report."""
    status = context.panel.link.status
    if status is None:
        raise WorkerSilent("The routing service has not reported this machine's interfaces yet. Try again in a moment.")
    return status.facts


def facts_or_none(context: PageContext) -> Facts:
    """The facts for a page that only shows them; empty before the worker's first report."""
    status = context.panel.link.status
    return Facts() if status is None else status.facts


def save(
    context: PageContext,
    edit: Edit,
    note: Note,
    expected: int | None = None,
    window_s: int | None = None,
    *,
    force: bool = False,
) -> Saved:
    """Save a change that this browser must confirm, within `window_s` or the configured window.

    `force`: also where its health checks would take a working ISP down.
    Raises InvalidConfig, Conflict, WorkerSilent or StoreUnavailable.
    """
    facts = facts_of(context)
    return context.panel.configuration.change(
        edit,
        facts=facts,
        author=context.visitor.author,
        note=note,
        expected=expected,
        confirm=keeping(context, facts, window_s),
        force=force,
    )


def keeping(context: PageContext, facts: Facts, window_s: int | None = None) -> Confirm:
    """How this request's change is confirmed: by its session."""
    session, local = context.visitor.session.id, local_address(context.request)
    return confirm_by(facts, local, key=context.key, session=session, window_s=window_s)


def stale_form(head: Revision) -> InvalidConfig:
    """The error for a form whose revision is no longer the newest; the form keeps what was typed."""
    text = f"Revision {head.number} was saved in the meantime. Review your entries and save again."
    return InvalidConfig(FieldError("", text))


def planned(context: PageContext, before: Config, after: Config) -> Preview:
    """The preview of a change, validated like a save. Its new health checks are run once.

    Raises InvalidConfig or WorkerSilent.
    """
    facts = facts_of(context)
    context.panel.configuration.require_good(after, before, facts)
    status = context.panel.link.status
    verdicts = {} if status is None else status.verdicts()
    found = preview(before, after, facts, verdicts, local_address(context.request))
    return replace(found, answers=tried(before, after, context.panel.home.worker_sock))


def warnings_about(config: Config, edit: Edit, facts: Facts, about: str) -> tuple[FieldError, ...]:
    """Warnings about what a form asks for: allowed, yet it cannot work or proves less than it seems to.

    Those at the path `about` and below; none while the form is invalid.
    """
    try:
        found = warnings.warnings(edit(config), facts)
    except InvalidConfig:
        return ()
    return tuple(one for one in found if one.field == about or one.field.startswith(f"{about}."))
