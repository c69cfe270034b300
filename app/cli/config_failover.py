"""`config gateway failover` and `config gateway balancing`: settings of all gateways."""

import sys
from typing import Annotated

import typer

from app.cli.check_text import METAVAR, as_typed, typed_check
from app.cli.console import Workspace, printable, workspace_of
from app.cli.gateway_text import failover_text
from app.cli.options import Typed, with_options
from app.cli.planning import Force, Plan
from app.errors import FieldError, InvalidConfig
from app.model.about import settings_in
from app.model.check import Check
from app.model.choices import Balancing
from app.model.config import Config, Failover
from app.model.timing import Timing
from app.service.edits import settings
from app.service.fields import Fields

_TIMING = settings_in([Timing])


@with_options(*_TIMING, *settings_in([Failover], but=["enabled", "checks"]))
def failover(
    context: typer.Context,
    interval: Annotated[
        str, typer.Argument(metavar="[INTERVAL|off]", help="Seconds between two probes, 0.1 to 3600; also --interval.")
    ] = "",
    check: Annotated[
        list[str] | None,
        typer.Argument(metavar=METAVAR, help="Probe sent through every gateway without checks of its own."),
    ] = None,
    *,
    typed: Typed,
    _plan: Plan = False,
    _force: Force = False,
) -> None:
    """Set how all gateways are watched, or switch failover off.

    The interval alone means the link alone, as in the paper; the link is always part of it. With options and without a
    check the checks stay as they are. Options that are left out keep what they were. It answers what is
    set then. More of a check, and several:
    `config gateway check --help`.

    \b
    Examples:
        config gateway failover 2
        config gateway failover 1 icmp 10.0.0.3
        config gateway failover 0.5 tcp 10.0.0.3 443 --timeout 0.4 --fall 2
        config gateway failover 5 url http://10.0.0.3/generate_204
        config gateway failover --interval 1 --hold 20
        config gateway failover off
    """  # fmt: skip
    if "interval_s" in typed and interval:
        interval, check = "", [interval, *(check or ())]
    if interval == "off":
        if check:
            raise InvalidConfig(FieldError("check", "there is nothing to check while failover is off"))
        workspace_of(context).change(lambda config: settings.change_failover(config, {"enabled": False}))
        return
    timing = {one.name: typed.pop(one.name) for one in _TIMING if one.name in typed}
    if interval:
        timing["interval_s"] = interval
    if not (timing or check or typed):
        raise InvalidConfig(FieldError("interval", "say what: an interval, an option or `off`"))
    fields = {"enabled": True, "timing": timing, **typed}
    if check or (interval and len(timing) == 1 and not typed):
        made = typed_check(check or ("link",))
        fields["checks"] = () if made is None else (made,)
    _change(workspace_of(context), fields)


def _change(workspace: Workspace, fields: Fields) -> None:
    """Make the change, and say which checks it replaces: they may have been made in the panel."""
    before: tuple[Check, ...] = ()
    after: tuple[Check, ...] = ()

    def edit(config: Config) -> Config:
        nonlocal before, after
        changed = settings.change_failover(config, fields)
        before, after = config.settings.failover.checks, changed.settings.failover.checks
        return changed

    workspace.change(edit)
    workspace.tell(f"Failover: {failover_text(workspace.head().config.settings.failover)}")
    gone = [as_typed(one) for one in before if one not in after]
    if gone:
        print(printable(f"note: this replaces {', '.join(gone)}"), file=sys.stderr)


def balancing(
    context: typer.Context,
    mode: Annotated[Balancing, typer.Argument(help="How new connections are spread over the gateways.")],
    *,
    _plan: Plan = False,
) -> None:
    """Choose how new connections are spread.

    source-destination (the paper's): a client keeps one ISP for one server. connection: every connection by itself.
    client: a client keeps one ISP for everything.

    \b
    Example:
        config gateway balancing connection
    """
    workspace_of(context).change(lambda config: settings.set_balancing(config, mode.value))
