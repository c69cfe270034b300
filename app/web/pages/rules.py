"""The list of traffic rules: their order, what one click does to one of them, and which way a connection would go."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig, WorkerSilent
from app.model.config import Config
from app.model.rule import TrafficRule
from app.service.configuration import Edit
from app.service.edits.rules import change_rule, delete_rule, move_rule, order_rules, place_of
from app.service.route_lookup import packet_of
from app.service.rule_text import sentence
from app.service.worker_client import which_way
from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import Form, with_errors
from app.web.forms.rule import way_form
from app.web.forms.typed import TheForm
from app.web.live.fragments import snapshot_of_head
from app.web.pages.answers import Inside, TheInside, is_htmx
from app.web.pages.changes import facts_or_none, save
from app.web.views import format as fmt
from app.web.views.rules import WayShown, rule_list, way_shown

router = APIRouter(prefix="/rules", **SIGNED_IN)


@router.get("")
def show(inside: TheInside) -> Response:
    """The list."""
    known = snapshot_of_head(inside.panel)
    return inside.page(
        "rules.html", known=known, rules=rule_list(known.config, known.status), form=_way_form(inside, {}),
        way=None, silence="", text="", kind="good",
    )  # fmt: skip


@router.get("/way")
def ask_way(inside: TheInside, request: Request) -> Response:
    """Which way a new connection would go now. Nothing is sent and nothing changes."""
    texts = {name: text[:100] for name, text in request.query_params.items()}
    form, way, silence = _way_form(inside, texts), None, ""
    status = 200
    try:
        way = _way(inside, texts)
    except InvalidConfig as error:
        form, status = with_errors(form, error.errors), 422
    except WorkerSilent as error:
        silence, status = f"Nobody knows now: {error}.", 503
    known = snapshot_of_head(inside.panel)
    return inside.block(
        "rules.html", "way", known=known, status=status, rules=rule_list(known.config, known.status), form=form,
        way=way, silence=silence, text="", kind="good",
    )  # fmt: skip


@router.post("/order")
def order(inside: TheInside, form: TheForm) -> Response:
    """Put all rules in the order of a list of numbers, as a script sends it after one was dragged."""
    numbers = [int(text) for text in form["numbers"].split(",") if text.isascii() and text.isdigit() and len(text) < 6]
    moved = form.number("moved")
    rule = inside.panel.configuration.head().config.rule(moved)
    note = "rules put in order" if rule is None else f"{fmt.called('rule', rule.name)} moved"
    return _done(inside, lambda config: order_rules(config, numbers), note, moved)


@router.post("/{number}/deed")
def do(inside: TheInside, number: int, form: TheForm) -> Response:
    """What the buttons of one rule do: put it at the place beside its own, enable or disable it.

    The place is said outright and not as "up": a button that is pressed twice must not move the rule twice.
    """
    rule, place = configured(inside, number), form.number("to")
    if place:
        note = f"{fmt.called('rule', rule.name)} moved to place {place}"
        return _done(inside, lambda config: move_rule(config, number, place), note, number)
    fields = {"enabled": form["deed"] == "enable"}
    if form["deed"] not in {"enable", "disable"}:
        raise HTTPException(400, "This is not a form that this panel gave out.")
    return _done(
        inside,
        lambda config: change_rule(config, number, fields),
        f"{fmt.called('rule', rule.name)} {form['deed']}d",
        number,
    )


@router.get("/{number}/remove")
def ask_to_remove(inside: TheInside, number: int) -> Response:
    """Say what removing this rule means."""
    return _ask(inside, configured(inside, number))


@router.post("/{number}/remove")
def remove(inside: TheInside, number: int, form: TheForm) -> Response:
    """Remove a rule; if anything changed since the page that asked, ask again: its number may be another one's."""
    rule, seen = configured(inside, number), form.number("revision") or None
    try:
        saved = save(
            inside, lambda config: delete_rule(config, number), f"{fmt.called('rule', rule.name)} removed", seen
        )
    except Conflict:
        return _ask(inside, rule, status=409)
    return inside.saved("/rules", saved)


def configured(inside: Inside, number: int) -> TrafficRule:
    """The rule of this number; 404 when there is none."""
    rule = inside.panel.configuration.head().config.rule(number)
    if rule is None:
        raise HTTPException(404, f"There is no traffic rule with the number {number}.")
    return rule


def _ask(inside: Inside, rule: TrafficRule, *, status: int = 200) -> Response:
    known = snapshot_of_head(inside.panel)
    return inside.page(
        "rule_sure.html", known=known, status=status, changed=status == 409, rule=rule,
        says=sentence(rule, known.config), revision=known.head.number,
    )  # fmt: skip


def _done(inside: Inside, edit: Edit, note: str, number: int) -> Response:
    """Save, and answer with the list and a word for screen readers; to others with the page, at the rule."""
    try:
        saved = save(inside, edit, note)
    except InvalidConfig as error:
        if not is_htmx(inside.request):
            raise
        return _told(inside, error.errors[0].message, "bad")
    if not is_htmx(inside.request):
        return inside.saved("/rules", saved, at=f"rule-{number}")
    known = snapshot_of_head(inside.panel)
    text = _outcome(saved.before.config, saved.after.config, number)
    return inside.part(
        "parts/rules_done.html", saved, rules=rule_list(known.config, known.status), text=text, kind="good"
    )


def _told(inside: Inside, text: str, kind: str) -> Response:
    known = snapshot_of_head(inside.panel)
    rules = rule_list(known.config, known.status)
    return inside.fragment("parts/rules_done.html", news=None, rules=rules, text=text, kind=kind)


def _outcome(before: Config, after: Config, number: int) -> str:
    """What became of the rule, for who cannot see it move."""
    rule, old = after.rule(number), before.rule(number)
    if rule is None or old is None:
        return "The rules are in their new order."
    if rule.enabled != old.enabled:
        return f"{rule.name} is {'enabled' if rule.enabled else 'disabled'}."
    place, count = place_of(after, number), len(after.rules)
    if place == place_of(before, number):
        return f"{rule.name} is the {'first' if place == 1 else 'last'} rule already."
    return f"{rule.name} is now rule {place} of {count}."


def _way_form(inside: Inside, texts: Mapping[str, str]) -> Form:
    return way_form(texts, inside.panel.configuration.head().config, facts_or_none(inside))


def _way(inside: Inside, texts: Mapping[str, str]) -> WayShown:
    names = ("source", "destination", "protocol", "destination_port", "source_port", "interface", "mac", "dscp")
    packet = packet_of({name: texts.get(name, "") for name in names})
    return way_shown(which_way(inside.panel.home.worker_sock, packet), inside.panel.configuration.head().config)
