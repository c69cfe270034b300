"""The list of traffic rules: order, enable, disable and remove; and the route lookup."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig, WorkerRefused, WorkerSilent
from app.model.config import Config
from app.model.rule import TrafficRule
from app.service.configuration import Edit
from app.service.edits.rules import change_rule, delete_rule, move_rule, order_rules, place_of
from app.service.route_lookup import client_text, packet_of, with_addresses
from app.service.rule_text import sentence
from app.service.worker_client import client_flows, which_way
from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import Form, with_errors
from app.web.forms.rule import way_form
from app.web.forms.typed import TheForm
from app.web.live.fragments import snapshot_of_head
from app.web.pages.changes import facts_or_none, save
from app.web.pages.responses import PageContext, ThePage, is_htmx
from app.web.views import format as fmt
from app.web.views.rules import ClientShown, WayShown, rule_list, way_shown

router = APIRouter(prefix="/rules", **SIGNED_IN)


@router.get("")
def show(context: ThePage) -> Response:
    """The list."""
    return _answer(context, "", _way_form(context, {}))


@router.get("/way")
def ask_way(context: ThePage, request: Request) -> Response:
    """Route lookup: the path of a new connection. No packet is sent, nothing changes."""
    texts = {name: text[:100] for name, text in request.query_params.items()}
    form, way, silence = _way_form(context, texts), None, ""
    status = 200
    try:
        way = _way(context, texts)
    except InvalidConfig as error:
        form, status = with_errors(form, error.errors), 422
    except WorkerSilent as error:
        silence, status = f"Route lookup failed: {error}.", 503
    return _answer(context, "way", form, status, way=way, silence=silence)


@router.get("/client")
def ask_client(context: ThePage, client: Annotated[str, Query(max_length=253)] = "") -> Response:
    """The connections of a client by ISP, as they are now."""
    asked, found, trouble = client.strip(), None, ""
    if not asked:
        trouble = "Enter the address or the name of a client."
    else:
        try:
            found = client_flows(context.panel.home.worker_sock, asked)
        except WorkerSilent as error:
            trouble = f"{error.reason if isinstance(error, WorkerRefused) else error}."
    config = context.panel.configuration.head().config
    shown = ClientShown(asked, () if found is None else tuple(client_text(found, config)), trouble)
    return _answer(context, "client", _way_form(context, {}), 422 if trouble else 200, client=shown)


def _answer(
    context: PageContext,
    block: str,
    form: Form,
    status: int = 200,
    *,
    way: WayShown | None = None,
    silence: str = "",
    client: ClientShown | None = None,
) -> Response:
    """The page, or for htmx this block of it, if any."""
    known = snapshot_of_head(context.panel)
    shown: dict[str, Any] = {
        "known": known, "rules": rule_list(known.config, known.status), "form": form, "way": way, "silence": silence,
        "client": client, "text": "", "kind": "good",
    }  # fmt: skip
    if not block:
        return context.page("rules.html", status=status, **shown)
    return context.block("rules.html", block, status=status, **shown)


@router.post("/order")
def order(context: ThePage, form: TheForm) -> Response:
    """Reorder the rules by a list of numbers, which a script sends after a drag."""
    numbers = [int(text) for text in form["numbers"].split(",") if text.isascii() and text.isdigit() and len(text) < 6]
    moved = form.number("moved")
    rule = context.panel.configuration.head().config.rule(moved)
    note = "rules put in order" if rule is None else f"{fmt.called('rule', rule.name)} moved"
    return _done(context, lambda config: order_rules(config, numbers), note, moved)


@router.post("/{number}/deed")
def do(context: ThePage, number: int, form: TheForm) -> Response:
    """The buttons of one rule: move it by one place, enable or disable it.

    The button names the target place instead of "up": a double click must not move the rule twice.
    """
    rule, place = configured(context, number), form.number("to")
    if place:
        note = f"{fmt.called('rule', rule.name)} moved to position {place}"
        return _done(context, lambda config: move_rule(config, number, place), note, number)
    fields = {"enabled": form["deed"] == "enable"}
    if form["deed"] not in {"enable", "disable"}:
        raise HTTPException(400, "Invalid form. Reload the page and try again.")
    return _done(
        context,
        lambda config: change_rule(config, number, fields),
        f"{fmt.called('rule', rule.name)} {form['deed']}d",
        number,
    )


@router.get("/{number}/remove")
def ask_to_remove(context: ThePage, number: int) -> Response:
    """Ask for confirmation before this rule is removed."""
    return _ask(context, configured(context, number))


@router.post("/{number}/remove")
def remove(context: ThePage, number: int, form: TheForm) -> Response:
    """Remove a rule; ask again if the configuration changed: its number may belong to another rule."""
    rule, seen = configured(context, number), form.number("revision") or None
    try:
        saved = save(
            context, lambda config: delete_rule(config, number), f"{fmt.called('rule', rule.name)} removed", seen
        )
    except Conflict:
        return _ask(context, rule, status=409)
    return context.saved("/rules", saved)


def configured(context: PageContext, number: int) -> TrafficRule:
    """The rule of this number; 404 when there is none."""
    rule = context.panel.configuration.head().config.rule(number)
    if rule is None:
        raise HTTPException(404, f"There is no traffic rule with the number {number}.")
    return rule


def _ask(context: PageContext, rule: TrafficRule, *, status: int = 200) -> Response:
    known = snapshot_of_head(context.panel)
    return context.page(
        "rule_confirm.html", known=known, status=status, changed=status == 409, rule=rule,
        says=sentence(rule, known.config), revision=known.head.number,
    )  # fmt: skip


def _done(context: PageContext, edit: Edit, note: str, number: int) -> Response:
    """Save and respond: with the list and an announcement for htmx, else with a redirect to the rule."""
    try:
        saved = save(context, edit, note)
    except InvalidConfig as error:
        if not is_htmx(context.request):
            raise
        return _refused(context, error.errors[0].message, "bad")
    if not is_htmx(context.request):
        return context.saved("/rules", saved, at=f"rule-{number}")
    known = snapshot_of_head(context.panel)
    text = _outcome(saved.before.config, saved.after.config, number)
    return context.part(
        "parts/rules_done.html", saved, rules=rule_list(known.config, known.status), text=text, kind="good"
    )


def _refused(context: PageContext, text: str, kind: str) -> Response:
    known = snapshot_of_head(context.panel)
    rules = rule_list(known.config, known.status)
    return context.fragment("parts/rules_done.html", news=None, rules=rules, text=text, kind=kind)


def _outcome(before: Config, after: Config, number: int) -> str:
    """The outcome for screen readers."""
    rule, old = after.rule(number), before.rule(number)
    if rule is None or old is None:
        return "Rules reordered."
    if rule.enabled != old.enabled:
        return f"{rule.name} is {'enabled' if rule.enabled else 'disabled'}."
    place, count = place_of(after, number), len(after.rules)
    if place == place_of(before, number):
        return f"{rule.name} is the {'first' if place == 1 else 'last'} rule already."
    return f"{rule.name} is now rule {place} of {count}."


def _way_form(context: PageContext, texts: Mapping[str, str]) -> Form:
    return way_form(texts, context.panel.configuration.head().config, facts_or_none(context))


def _way(context: PageContext, texts: Mapping[str, str]) -> WayShown:
    names = ("source", "destination", "protocol", "destination_port", "source_port", "interface", "mac", "dscp")
    worker = context.panel.home.worker_sock
    typed, named = with_addresses({name: texts.get(name, "") for name in names}, worker)
    return way_shown(which_way(worker, packet_of(typed)), context.panel.configuration.head().config, named)
