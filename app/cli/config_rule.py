"""`config rule`: which traffic uses which ISP, in the order in which it is decided."""

import json
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from app.cli.completion import rule_numbers
from app.cli.console import NEGATIVE, workspace_of
from app.cli.observed import ask_worker
from app.cli.options import Typed, with_options
from app.cli.planning import Plan
from app.errors import FieldError, InvalidConfig
from app.model.about import settings_in
from app.model.config import Config
from app.model.rule import TrafficRule
from app.model.words import counted
from app.service.edits import rules
from app.service.edits.gateways import find_gateway
from app.service.edits.rules import find_rule, place_of
from app.service.fields import Fields
from app.service.rule_text import sentence

app = typer.Typer(rich_markup_mode=None, help="Show and change traffic rules: the first that matches decides.")

Which = Annotated[str, typer.Argument(metavar="RULE", help="Its number or its name.", autocompletion=rule_numbers)]
# A rule's number is given, and `enable` and `disable` switch it.
_OPTIONS = settings_in([TrafficRule], but=["number", "name", "enabled"])
Balance = Annotated[bool, typer.Option("--balance", help="Balance these connections as if no rule matched.")]
At = Annotated[int | None, typer.Option(metavar="PLACE", help="Place in the list, from 1. Default: last.")]


@app.command()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the traffic rules in order, each as a sentence with its count of new connections.

    \b
    Example:
        1. Bank [3]: TCP 443 to 198.51.100.0/24 from anyone → Orange, refuse if it is down (17 connections)
        2. Voice [1]: Everything marked EF to anywhere from anyone → DIGI, another if it is down (disabled)
    """
    workspace = workspace_of(context)
    head, status = workspace.head(), ask_worker(workspace)
    hits = {} if status is None else {one.number: one.hits for one in status.rules}
    if as_json:
        shown = [_as_json(one, head.config, hits.get(one.number)) for one in head.config.rules]
        print(json.dumps({"revision": head.number, "rules": shown}, indent=2))
        return
    for place, rule in enumerate(head.config.rules, start=1):
        count = hits.get(rule.number)
        told = "" if count is None else counted(count, "connection")
        note = told if rule.enabled else "disabled"
        print(f"{place}. {rule.name} [{rule.number}]: {sentence(rule, head.config)}{f' ({note})' if note else ''}")


@app.command(context_settings=NEGATIVE)
@with_options(*_OPTIONS, literal={"gateway", "tier"})
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the rule.")],
    *,
    typed: Typed,
    balance: Balance = False,
    at: At = None,
    _plan: Plan = False,
) -> None:
    """Add a rule. Omitted conditions match everything; the destination is --gateway, --tier or --balance.

    \b
    Examples:
        config rule add Bank --to 198.51.100.0/24 --protocol tcp --port 443 --gateway 1 --if-down refuse
        config rule add Voice --dscp EF --gateway 2 --at 1
        config rule add Backups --from 192.168.1.20 --tier 2
    """
    if not balance and not typed.keys() & {"gateway", "tier"}:
        raise InvalidConfig(FieldError("gateway", "name a destination: --gateway, --tier or --balance"))

    def edit(config: Config) -> Config:
        return rules.add_rule(config, {"name": name, **_leading(config, typed, balances=balance)}, at)

    workspace_of(context).change(edit)


@app.command(context_settings=NEGATIVE)
@with_options(*_OPTIONS, literal={"gateway", "tier"})
def edit(
    context: typer.Context,
    rule: Which,
    *,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="Name of the rule.")] = None,
    typed: Typed,
    balance: Balance = False,
    _plan: Plan = False,
) -> None:
    """Change a rule. Omitted options stay; the word any removes a condition.

    \b
    Examples:
        config rule edit Bank --port 443,8443
        config rule edit 3 --to any --tier 2
    """

    def edit(config: Config) -> Config:
        named = {} if name is None else {"name": name}
        fields = {**named, **_leading(config, typed, balances=balance)}
        return rules.change_rule(config, find_rule(config, rule).number, fields)

    workspace_of(context).change(edit)


@app.command("del")
def delete(context: typer.Context, rule: Which, *, _plan: Plan = False) -> None:
    """Remove a rule. Running connections stay where they are.

    \b
    Example:
        config rule del Bank
    """
    workspace_of(context).change(lambda config: rules.delete_rule(config, find_rule(config, rule).number))


@app.command(context_settings=NEGATIVE)
def move(
    context: typer.Context,
    rule: Which,
    place: Annotated[int, typer.Argument(metavar="PLACE", help="Place in the list, from 1.")],
    *,
    _plan: Plan = False,
) -> None:
    """Move a rule to another place in the list: the first match decides. Running connections stay.

    \b
    Example:
        config rule move Bank 1
    """
    workspace_of(context).change(lambda config: rules.move_rule(config, find_rule(config, rule).number, place))


@app.command()
def enable(context: typer.Context, rule: Which, *, _plan: Plan = False) -> None:
    """Enable a rule.

    \b
    Example:
        config rule enable Bank
    """
    _switch(context, rule, {"enabled": True})


@app.command()
def disable(context: typer.Context, rule: Which, *, _plan: Plan = False) -> None:
    """Disable a rule without deleting it.

    \b
    Example:
        config rule disable Bank
    """
    _switch(context, rule, {"enabled": False})


def _switch(context: typer.Context, rule: str, fields: Fields) -> None:
    workspace_of(context).change(lambda config: rules.change_rule(config, find_rule(config, rule).number, fields))


def _leading(config: Config, typed: Typed, *, balances: bool) -> Fields:
    """What was typed, with where the rule leads as numbers."""
    if not balances:
        gateway = typed.get("gateway")
        return typed if gateway is None else {**typed, "gateway": find_gateway(config, gateway).number}
    if typed.keys() & {"gateway", "tier"}:
        raise InvalidConfig(FieldError("gateway", "--balance excludes --gateway and --tier"))
    return {**typed, "gateway": None, "tier": None}


def _as_json(rule: TrafficRule, config: Config, hits: int | None) -> dict[str, Any]:
    fields: dict[str, Any] = TypeAdapter(TrafficRule).dump_python(rule, mode="json")
    return {"place": place_of(config, rule.number), **fields, "hits": hits, "sentence": sentence(rule, config)}
