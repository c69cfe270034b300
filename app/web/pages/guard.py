"""The page of Guard: whether new connections from the Internet are blocked, and which are accepted."""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import Conflict, FieldError, InvalidConfig
from app.model.config import Config
from app.service.contact import contact
from app.service.preview import Preview
from app.service.warnings import new_warnings
from app.web.access.authentication import SIGNED_IN
from app.web.access.confirm_window import local_address
from app.web.forms.fields import with_errors, with_notes
from app.web.forms.guard import guard_form, guard_texts, with_guard
from app.web.forms.typed import TheForm
from app.web.pages.changes import facts_of, facts_or_none, planned, save, stale_form, warnings_about
from app.web.pages.responses import PageContext, ThePage

router = APIRouter(prefix="/guard", **SIGNED_IN)


@router.get("")
def show(context: ThePage) -> Response:
    """Show the form."""
    return _show(context, guard_texts(context.panel.configuration.head().config))


@router.post("")
def change(context: ThePage, form: TheForm) -> Response:
    """Save the form."""
    texts = form.values

    def edit(config: Config) -> Config:
        after = with_guard(config, texts)
        ask(context, config, after, form["sure"])
        return after

    try:
        if "preview" in form:
            head = context.panel.configuration.head().config
            return _show(context, texts, plan=planned(context, head, with_guard(head, texts)))
        saved = save(context, edit, "Guard changed", form.number("revision"))
    except InvalidConfig as error:
        return _show(context, texts, error)
    except Conflict:
        return _show(context, texts, stale_form(context.panel.configuration.head()), status=409)
    return context.saved("/guard", saved)


def ask(context: PageContext, before: Config, after: Config, sure: str) -> None:
    """Raise InvalidConfig where turning Guard on may lock somebody out, unless the user was asked that already."""
    if before.settings.guard.is_on or not after.settings.guard.is_on:
        return
    question = " ".join(_dangers(context, before, after))
    if question and question != sure:
        raise InvalidConfig(FieldError("settings.guard.mode", question))


def asked(error: InvalidConfig | None) -> str:
    """What the user is asked by this error: sent again with the form, it is answered with yes."""
    found = () if error is None else error.errors
    return next((one.message for one in found if one.message.endswith(_AGAIN)), "")


_AGAIN = "Save again to turn Guard on nevertheless."


def _dangers(context: PageContext, before: Config, after: Config) -> Iterator[str]:
    facts, local = facts_of(context), local_address(context.request)
    found = [one.message for one in new_warnings(before, after, facts) if one.field.startswith("settings.guard.")]
    if local is not None and (warning := contact(before, after, facts, local).warning):
        found.append(warning)
    if found:
        yield from (f"{one[:1].upper()}{one[1:]}." for one in found)
        yield _AGAIN


def _show(
    context: PageContext,
    texts: Mapping[str, str],
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    plan: Preview | None = None,
) -> Response:
    head = context.panel.configuration.head()
    form = guard_form(texts, revision=head.number)
    if error is None:
        found = warnings_about(
            head.config, lambda config: with_guard(config, texts), facts_or_none(context), "settings.guard"
        )
        form = with_notes(form, found)
    else:
        form = with_errors(form, error.errors)
    decided = head.config.settings.guard.mode
    code = 200 if error is None else status
    return context.block("guard.html", "form", status=code, form=form, plan=plan, mode=decided, sure=asked(error))
