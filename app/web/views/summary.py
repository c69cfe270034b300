"""The summary of the status page: whether the Internet works, which ISP does not, why and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.model.choices import AllDown, Balancing
from app.model.status import GatewayStatus, Status
from app.model.verdict import State
from app.model.words import either, joined
from app.web.views import format as fmt
from app.web.views.gateways import is_coming_back, state_of


class Level(StrEnum):
    """The overall state."""

    GOOD = "good"
    DEGRADED = "degraded"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Problem:
    """One ISP that does not carry what it should. `since_word`: what it has been since then."""

    number: int
    name: str
    word: str
    since_word: str
    reason: str
    since: datetime
    lasting: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The state of the router in brief. `sentence`: the headline. `shares`: the share of each ISP, or what happens to
    new connections while no ISP is up.

    `since`: the beginning of this state, if all ISPs share it. `announcement` has no figures, so it changes only with
    transitions.
    """

    level: Level
    sentence: str
    announcement: str
    problems: tuple[Problem, ...] = ()
    shares: str = ""
    since: datetime | None = None
    lasting: str = ""


_NOTHING_HEARD: Final = Summary(Level.UNKNOWN, "The routing service has not reported yet.", "")
_NOTHING_SET_UP: Final = Summary(Level.UNKNOWN, "No ISP is configured yet.", "")
# In the headline; the whole name stands below it.
_LONGEST_NAME: Final = 28
_MOST_NAMED: Final = 4
# Received, in bit/s: more than probes, their replies and ARP of a large segment.
_TRAFFIC_BITS_PER_S: Final = 100_000
_ALL_DOWN: Final = {
    AllDown.KEEP_TRYING: "If the checks are wrong, the Internet is still reachable.",
    AllDown.REFUSE: "New connections are refused immediately, so programs do not have to wait.",
}
_NOWHERE: Final = "New connections fail: no ISP has a link and an address."


def summary(status: Status | None, now: datetime, all_down: AllDown = AllDown.KEEP_TRYING) -> Summary:
    """Sum up what the worker observed; `all_down` says what it does while no ISP works."""
    if status is None:
        return _NOTHING_HEARD
    if not status.gateways:
        return _NOTHING_SET_UP
    enabled = [one for one in status.gateways if one.enabled]
    level, verdict = _verdict(status.gateways, all_down)
    problems = tuple(_problem(one, now) for one in enabled if one.state is not State.UP)
    named = [f"{one.name} is {one.word}: {one.reason}." for one in problems if one.word == "down"]
    is_dead = bool(enabled) and all(one.state is State.DOWN and not one.is_early for one in enabled)
    since = max((one.since for one in enabled), default=None) if is_dead or level is Level.GOOD else None
    return Summary(
        level=level,
        sentence=f"{verdict}.",
        announcement=" ".join([f"{verdict}.", *named]),
        problems=problems,
        shares=_without_internet(enabled, all_down) if is_dead else _shares([one for one in enabled if one.in_use]),
        since=since,
        lasting="" if since is None else fmt.duration(now - since),
    )


def unheard(silent_for_s: float) -> Summary:
    """The summary while the worker is silent: its last report is no verdict any more."""
    age = fmt.duration(timedelta(seconds=silent_for_s))
    sentence = f"Unknown: the routing service has not reported for {age}."
    return Summary(Level.UNKNOWN, sentence, sentence)


def _verdict(gateways: tuple[GatewayStatus, ...], all_down: AllDown) -> tuple[Level, str]:
    """The overall state and the headline."""
    enabled = [one for one in gateways if one.enabled]
    up, standby, down, coming, checked, off = (
        [one for one in gateways if state_of(one)[1] == word]
        for word in ("up", "standby", "down", "recovering", "checking", "disabled")
    )
    early, back = [one for one in coming if one.is_early], [one for one in coming if not one.is_early]
    rest = "".join(
        f"; {_are(some)} {word}" for some, word in ((down, "down"), (back, "recovering"), (off, "disabled")) if some
    )
    rest += f"; {_are(standby)} on standby" if standby else ""
    match len(enabled), len(up):
        case 0, _:
            return Level.BAD, "All ISPs are disabled: new connections fail"
        case total, well if total == well:
            return Level.GOOD, f"{_all(enabled)} up{rest}"
        case total, well if well and total == well + len(standby):
            return Level.GOOD, f"{_are(up)} up{rest}"
        case total, 0 if total == len(checked):
            return Level.UNKNOWN, f"{_all(enabled)} being checked"
        case _, 0 if early:
            has = either(len(early), "has", "have")
            return Level.DEGRADED, f"The Internet works through {_names(early)}, which {has} just recovered{rest}"
        case _, 0 if standby:
            return Level.DEGRADED, f"{_are([one for one in enabled if one.in_use])} not checked yet{rest}"
        case _, 0:
            return Level.BAD, _no_isp_up(enabled, back, all_down)
    return Level.DEGRADED, f"The Internet works through {_names(up)}{_tier(up)}{rest}"


def _no_isp_up(enabled: list[GatewayStatus], back: list[GatewayStatus], all_down: AllDown) -> str:
    """The headline while no ISP is up; ISPs that still get connections as a last resort may work."""
    why = f"{_are(back)} recovering" if back else "all health checks are failing"
    members = [one for one in enabled if one.in_use]
    receiving = [one for one in enabled if (one.rx_bits_per_s or 0) >= _TRAFFIC_BITS_PER_S]
    if receiving:
        return f"{why[:1].upper()}{why[1:]}, but traffic still arrives through {_names(receiving)}"
    if all_down is AllDown.REFUSE or not members:
        return f"The Internet is not reachable: {why}"
    through = "both ISPs" if len(members) == len(enabled) == 2 else _names(members)
    return f"{why[:1].upper()}{why[1:]}; still sending through {through}"


def _tier(gateways: list[GatewayStatus]) -> str:
    """Which tier of backups it is that works now."""
    tiers = {one.tier for one in gateways}
    return f" (tier {max(tiers)})" if len(tiers) == 1 and tiers != {1} else ""


def _all(gateways: list[GatewayStatus]) -> str:
    match len(gateways):
        case 1:
            return f"{_names(gateways)} is"
        case 2:
            return "Both ISPs are"
        case many:
            return f"All {many} ISPs are"


def _names(gateways: list[GatewayStatus]) -> str:
    """The names, or a count of ISPs where the names are too many to read."""
    if len(gateways) > _MOST_NAMED:
        return f"{len(gateways)} ISPs"
    return joined([fmt.shortened(one.name, _LONGEST_NAME) for one in gateways])


def _are(gateways: list[GatewayStatus]) -> str:
    return f"{_names(gateways)} {either(len(gateways), 'is', 'are')}"


def _without_internet(enabled: list[GatewayStatus], all_down: AllDown) -> str:
    """What happens to new connections while no ISP is up. Only installed ISPs can be a last resort."""
    if all_down is AllDown.KEEP_TRYING and not any(one.in_use for one in enabled):
        return _NOWHERE
    return _ALL_DOWN[all_down]


def _shares(members: list[GatewayStatus]) -> str:
    """The share of new connections of each ISP; empty for one ISP and for too many to read."""
    if not 2 <= len(members) <= _MOST_NAMED:
        return ""
    if any(one.share_percent is None for one in members):
        parts = [f"{one.name} gets {fmt.percent(one.weight_percent)}" for one in members]
        return f"{joined(parts)} of new connections."
    # In the order of the cards and not of the shares, which change while one reads.
    first, *others = members
    rest = "".join(f", {one.name} {fmt.percent(one.share_percent)}" for one in others)
    return f"{first.name} carries {fmt.percent(first.share_percent)} of new connections{rest}."


def _problem(gateway: GatewayStatus, now: datetime) -> Problem:
    word = state_of(gateway)[1]
    return Problem(
        number=gateway.number,
        name=gateway.name,
        word="being checked" if word == "checking" else word,
        since_word="down since" if is_coming_back(gateway) else "since",
        reason=gateway.reason.removeprefix(f"{word}, "),
        since=gateway.since,
        lasting=fmt.duration(now - gateway.since),
    )


BALANCING_WORDS = {
    Balancing.SOURCE_DESTINATION: "by source and destination",
    Balancing.CONNECTION: "by connection",
    Balancing.CLIENT: "by client",
}
