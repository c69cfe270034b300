"""What a click will do, said before it is done."""

from app.model.config import Config, Gateway
from app.model.status import Status
from app.model.verdict import State
from app.model.words import joined


def others_working(config: Config, status: Status | None, number: int) -> list[Gateway]:
    """The other ISPs that would go on: enabled, and not known to be dead."""
    known = {} if status is None else {one.number: one for one in status.gateways}
    dead = {one.number for one in known.values() if one.state is not State.UP}
    return [one for one in config.gateways if one.enabled and one.number != number and one.number not in dead]


def without(config: Config, status: Status | None, number: int) -> str:
    """What becomes of new connections without this ISP."""
    working = others_working(config, status, number)
    best = min((one.tier for one in working), default=1)
    others = [one.name for one in working if one.tier == best]
    if not others:
        return "No working ISP will be left: the Internet will not be reachable."
    if len(others) == 1:
        return f"All new connections will then use {others[0]}."
    return f"New connections will then be shared by {joined(others)}."
