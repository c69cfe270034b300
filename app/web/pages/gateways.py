"""The list of ISPs: enable, disable, disconnect and remove."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from app.errors import Conflict
from app.model.config import Gateway
from app.service.configuration import Edit
from app.service.edits.gateways import cut_gateway, delete_gateway, disable_gateway, enable_gateway
from app.service.edits.rules import rules_towards
from app.web.access.authentication import SIGNED_IN
from app.web.forms.typed import TheForm, Typed
from app.web.live.fragments import snapshot_now, snapshot_of_head
from app.web.pages.changes import save
from app.web.pages.responses import PageContext, ThePage, is_htmx
from app.web.views import format as fmt
from app.web.views.gateway_list import gateway_list
from app.web.views.gateways import others_working, without

router = APIRouter(prefix="/isps", **SIGNED_IN)


@router.get("")
def show(context: ThePage) -> Response:
    """The list."""
    known = snapshot_now(context.panel)
    return context.page("gateways.html", known=known, gateways=gateway_list(known))


@router.post("/{number}/enable")
def enable(context: ThePage, number: int) -> Response:
    """Enable an ISP."""
    gateway = configured(context, number)
    return _done(context, lambda config: enable_gateway(config, number), f"{fmt.called('ISP', gateway.name)} enabled")


@router.get("/{number}/disable")
def ask_to_disable(context: ThePage, number: int) -> Response:
    """Ask for confirmation: disable this ISP, or disconnect it now."""
    return _ask(context, configured(context, number), "disable")


@router.post("/{number}/disable")
def disable(context: ThePage, number: int, form: TheForm) -> Response:
    """Disable an ISP, after a confirmation if no other one works."""
    gateway = configured(context, number)
    known = snapshot_of_head(context.panel)
    if form["sure"] != "yes" and gateway.enabled and not others_working(known.config, known.status, number):
        return context.elsewhere(f"/isps/{number}/disable")
    edit, word = (cut_gateway, "disconnected") if form["how"] == "cut" else (disable_gateway, "disabled")
    try:
        return _done(
            context, lambda config: edit(config, number), f"{fmt.called('ISP', gateway.name)} {word}", _seen(form)
        )
    except Conflict:
        return _ask(context, gateway, "disable", status=409)


@router.get("/{number}/remove")
def ask_to_remove(context: ThePage, number: int) -> Response:
    """Ask for confirmation before this ISP is removed."""
    return _ask(context, configured(context, number), "remove")


@router.post("/{number}/remove")
def remove(context: ThePage, number: int, form: TheForm) -> Response:
    """Remove an ISP."""
    gateway = configured(context, number)
    if rules_towards(context.panel.configuration.head().config, number):
        return _ask(context, gateway, "remove", status=422)
    try:
        saved = save(
            context,
            lambda config: delete_gateway(config, number),
            f"{fmt.called('ISP', gateway.name)} removed",
            _seen(form),
        )
    except Conflict:
        return _ask(context, gateway, "remove", status=409)
    return context.saved("/isps", saved)


def _seen(form: Typed) -> int | None:
    """The revision of the confirmation page: the number may belong to another ISP by now."""
    return form.number("revision") or None


def configured(context: PageContext, number: int) -> Gateway:
    """The ISP of this number; 404 when there is none."""
    gateway = context.panel.configuration.head().config.gateway(number)
    if gateway is None:
        raise HTTPException(404, f"There is no ISP with the number {number}.")
    return gateway


def _ask(context: PageContext, gateway: Gateway, deed: str, *, status: int = 200) -> Response:
    known = snapshot_of_head(context.panel)
    rules = rules_towards(known.config, gateway.number) if deed == "remove" else ()
    consequence = without(known.config, known.status, gateway.number) if gateway.enabled else ""
    return context.page(
        "gateway_confirm.html",
        known=known,
        status=status,
        changed=status == 409,
        gateway=gateway,
        revision=known.head.number,
        deed=deed,
        consequence=consequence,
        rules=rules,
    )


def _done(context: PageContext, edit: Edit, note: str, expected: int | None = None) -> Response:
    """Save and respond: with a fragment for htmx, else with a redirect."""
    saved = save(context, edit, note, expected)
    if is_htmx(context.request):
        return context.part("parts/freshness.html", saved)
    return context.saved("/", saved)
