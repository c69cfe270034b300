"""/rules and /way: traffic rules, and route lookup for a new connection."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from app.model.client_flows import ClientFlows
from app.model.config import Config
from app.model.rule import TrafficRule
from app.model.way import Packet, Way
from app.service.edits.rules import add_rule, added_rule, change_rule, delete_rule, move_rule, order_rules
from app.service.fields import Fields
from app.service.route_lookup import answer, decided
from app.service.rule_text import sentence
from app.service.warnings import warnings
from app.service.worker_client import client_flows, which_way
from app.web.access.authentication import API, CHANGES_NOTHING
from app.web.api.bodies import RuleBody, RuleList, RuleOrder, WarningDocument, WayDocument
from app.web.api.saving import Change, TheChange, tag
from app.web.panel import Panel, ThePanel
from app.web.views import format as fmt

router = APIRouter(tags=["rules"], **API)


@router.get("/rules")
def rules(panel: ThePanel, response: Response) -> RuleList:
    """All rules in matching order, with warnings about them."""
    head = panel.configuration.head()
    tag(response, head.number)
    return _list(panel, head.number, head.config)


@router.post("/rules", status_code=201)
def add(this: TheChange, body: RuleBody) -> TrafficRule:
    """Add a rule at its `place`, counted from 1, or at the end of the list."""
    fields, place = _fields(body), body.place
    saved = this.save(
        lambda config: add_rule(config, fields, place),
        lambda before, after: f"{fmt.called('rule', added_rule(before, after).name)} added",
    )
    added = added_rule(saved.before.config, saved.after.config)
    this.response.headers["Location"] = f"/api/v1/rules/{added.number}"
    return added


@router.put("/rules/order")
def order(this: TheChange, body: RuleOrder) -> RuleList:
    """Put all rules in this order."""
    saved = this.save(lambda config: order_rules(config, body.numbers), "rules put in order")
    return _list(this.panel, saved.after.number, saved.after.config)


@router.get("/rules/{number}")
def rule(panel: ThePanel, number: int, response: Response) -> TrafficRule:
    """One rule of the newest revision."""
    head = panel.configuration.head()
    tag(response, head.number)
    return _one(head.config, number)


@router.patch("/rules/{number}")
def change(this: TheChange, number: int, body: RuleBody) -> TrafficRule:
    """Change some fields of a rule; with `place` its place too."""
    name, fields, place = _name(this, number), _fields(body), body.place
    saved = this.save(lambda config: changed(config, number, fields, place), f"{fmt.called('rule', name)} changed")
    return _one(saved.after.config, number)


@router.delete("/rules/{number}", status_code=204)
def remove(this: TheChange, number: int) -> None:
    """Remove a rule. Running connections stay where they are."""
    name = _name(this, number)
    this.save(lambda config: delete_rule(config, number), f"{fmt.called('rule', name)} removed")


@router.post("/way", dependencies=[CHANGES_NOTHING])
def way(panel: ThePanel, body: Packet) -> WayDocument:
    """Route lookup: the path of a new connection from the LAN. No packet is sent, nothing changes."""
    found: Way = which_way(panel.home.worker_sock, body)
    config = panel.configuration.head().config
    decider = None if found.rule is None else config.rule(found.rule)
    return WayDocument(
        way=found,
        summary=f"{answer(found, config)} {decided(found, config)}",
        rule=None if decider is None else sentence(decider, config),
    )


@router.get("/flows")
def flows(panel: ThePanel, client: Annotated[str, Query(max_length=253)]) -> ClientFlows:
    """The connections that a client has now, by gateway. `client`: its address, or its name."""
    return client_flows(panel.home.worker_sock, client)


def changed(config: Config, number: int, fields: Fields, place: int | None) -> Config:
    """The configuration with a changed rule."""
    config = change_rule(config, number, fields)
    return config if place is None else move_rule(config, number, place)


def _list(panel: Panel, revision: int, config: Config) -> RuleList:
    status = panel.link.status
    found = () if status is None else warnings(config, status.facts)
    about = (one for one in found if one.field.startswith("rules."))
    documents = tuple(WarningDocument(field=one.field, message=one.message) for one in about)
    return RuleList(revision=revision, items=config.rules, doubts=documents)


def _fields(body: RuleBody) -> Fields:
    return {name: value for name, value in body.given().items() if name != "place"}


def _name(this: Change, number: int) -> str:
    return _one(this.panel.configuration.head().config, number).name


def _one(config: Config, number: int) -> TrafficRule:
    found = config.rule(number)
    if found is None:
        raise HTTPException(404, f"there is no rule {number}")
    return found
