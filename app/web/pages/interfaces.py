"""The list of network interfaces, and the form of one."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig, require_all
from app.model.config import Config, Interface
from app.service.edits.interfaces import set_interface
from app.service.preview import Preview
from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import with_errors
from app.web.forms.interface import interface_form, interface_texts, interface_values, window_of
from app.web.forms.typed import TheForm, Typed
from app.web.live.fragments import snapshot_of_head
from app.web.pages.changes import facts_or_none, planned, save
from app.web.pages.edit_conflict import EditConflict, clash_labels, edit_conflict, merged, started_from
from app.web.pages.responses import PageContext, ThePage
from app.web.transport.addresses import parsed
from app.web.views.interfaces import InterfaceRow, interface_row, interface_rows

router = APIRouter(prefix="/interfaces", **SIGNED_IN)


@router.get("")
def show(context: ThePage) -> Response:
    """The list."""
    known = snapshot_of_head(context.panel)
    rows = interface_rows(known.config, facts_or_none(context))
    return context.page("interfaces.html", known=known, interfaces=rows)


@router.get("/{name}")
def edit(context: ThePage, name: str) -> Response:
    """The form of one interface, with its observed addresses as a suggestion."""
    row = _row(context, name)
    return _show(context, row, _texts(context.panel.configuration.head().config, name, " ".join(row.addresses)))


@router.post("/{name}")
def change(context: ThePage, name: str, form: TheForm) -> Response:
    """Save the form of one interface."""
    row = _row(context, name)
    values, head = interface_values(form.values), context.panel.configuration.head().config
    try:
        require_all(lambda: set_interface(head, name, values), lambda: window_of(form.values))
        if "preview" in form:
            return _show(context, row, form.values, plan=planned(context, head, set_interface(head, name, values)))
        saved = save(
            context,
            lambda config: set_interface(config, name, values),
            f"interface {name} changed",
            form.number("revision"),
            window_of(form.values),
        )
    except InvalidConfig as error:
        return _show(context, row, form.values, error)
    except Conflict:
        return _conflict(context, row, form)
    return context.saved("/interfaces", saved)


def _conflict(context: PageContext, row: InterfaceRow, form: Typed) -> Response:
    head = context.panel.configuration.head()
    base = started_from(context, form.number("revision"), head)
    offered = form.values.get("offered", " ".join(row.addresses))
    before, after = (_texts(one, row.name, offered) for one in (base, head.config))
    both = merged(before, form.values, after)
    values = interface_values(both.texts)
    shown = interface_form(both.texts, revision=head.number, usual_s=head.config.settings.panel.confirm_window_s)
    found = edit_conflict(
        context, base, head, lambda config: set_interface(config, row.name, values), clash_labels(both.clashes, shown)
    )
    return _show(context, row, both.texts, conflict=found, status=409)


def _texts(config: Config, name: str, offered: str) -> dict[str, str]:
    return interface_texts(config.interface(name) or Interface(name=name), offered)


def _row(context: PageContext, name: str) -> InterfaceRow:
    row = interface_row(name, context.panel.configuration.head().config, facts_or_none(context))
    if row is None:
        raise HTTPException(404, "No such interface on this machine.")
    return row


def _show(
    context: PageContext,
    row: InterfaceRow,
    texts: Mapping[str, str],
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    plan: Preview | None = None,
    conflict: EditConflict | None = None,
) -> Response:
    head = context.panel.configuration.head()
    form = interface_form(texts, revision=head.number, usual_s=head.config.settings.panel.confirm_window_s)
    if error is not None:
        form = with_errors(form, error.errors)
    return context.block(
        "interface_form.html", "form", status=200 if error is None and conflict is None else status,
        form=form, row=row, in_use_by_you=_carries(context, row), plan=plan, conflict=conflict,
    )  # fmt: skip


def _carries(context: PageContext, row: InterfaceRow) -> bool:
    """Whether the browser is connected through this interface, so that a change may cut it off."""
    server = context.request.scope.get("server") or ("", 0)
    own = str(parsed(server[0]) or "")
    return any(address.partition("/")[0] == own for address in row.addresses)
