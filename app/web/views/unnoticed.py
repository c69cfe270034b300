"""ISPs that could be dead without anybody noticing: a quiet word on the status page. Pure."""

from dataclasses import dataclass
from typing import Final

from app.model.config import Config, Gateway
from app.model.words import joined

_MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """What would not be noticed, and where to change that: a page and what to do there."""

    text: str
    path: str
    deed: str


def unnoticed(config: Config) -> Unnoticed | None:
    """What to say of enabled ISPs that nobody asks for an answer; None where there are none.

    It may be meant so (the paper watches cables alone), so it is a note and no alarm.
    """
    enabled = [one for one in config.gateways if one.enabled]
    if enabled and not config.settings.failover.enabled:
        return Unnoticed("No ISP is watched: one that is dead goes on getting connections.", "/failover", "Watch them")
    blind = [one for one in enabled if not any(check.hosts for check in config.checks(one))]
    if not blind:
        return None
    text = f"Of {_names(blind)} only the cable is checked: an ISP that is dead behind it will not be noticed."
    # The checks for all are no remedy for an ISP that has its own.
    own = all(one.checks is not None for one in blind)
    return Unnoticed(text, f"/isps/{blind[0].number}" if own else "/failover", "Add a check")


def _names(gateways: list[Gateway]) -> str:
    if len(gateways) > _MOST_NAMED:
        return f"{len(gateways)} ISPs"
    return joined([one.name for one in gateways])
