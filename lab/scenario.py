"""Scenarios: what happens in a lab, when, and what is expected of the router. Read from a TOML file:

    title = "ISP 1 is cut off"
    isps = 2                        # providers; default 2
    settings = ["gateway failover 1 icmp 10.0.0.3"]         # console commands before it starts

    [[step]]
    at = 2                          # seconds after the start, in ascending order
    do = "cut balancer-isp1"        # cut | plug | silence | restore CABLE, kill worker, start worker,
                                    # degrade CABLE [loss 5%] [rate 2mbit] [delay 40ms], config WORDS…
    [[step]]
    at = 2
    within = 1                      # seconds until it must be true; default 5
    expect = ["gateway 1 is down", "calls through 2", "connections through 2", "calls pause at most 100 ms"]

A `step` may also have a `say`, or only that: a line for the audience. Expectations are

    gateway 1 is up | down                      as the worker reports
    connections through 1 and 2 | 2 | none      twenty new ones for each ISP, at least forty: all get a reply,
                                                through these ISPs only, and each of these carries one
    calls through 1 and 2 | 2 | none            the running UDP calls
    calls pause at most 100 ms                  no reply takes longer, from the last `do` to the end of this step
    steady calls miss nothing                   those on ISPs that the last `do` did not affect, in the same time
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lab.amounts import bits_per_s, milliseconds, percent
from lab.cables import Degradation
from lab.errors import BadRequest
from lab.topology import Topology, topology

SHIPPED: Final = Path(__file__).with_name("scenarios")
_STEP_WORDS: Final = {"at", "do", "say", "expect", "within"}
_SCENARIO_WORDS: Final = {"title", "isps", "settings", "step"}
_LONGEST_S: Final = 3600.0
# Shown after a typing error.
_DOABLE: Final = (
    "cut, plug, silence or restore CABLE; degrade CABLE [loss 5%] [rate 2mbit] [delay 40ms]; kill worker; start worker;"
    " config WORDS"
)
_EXPECTED: Final = (
    "gateway 1 is up|down; connections or calls through 1 and 2|2|none; calls pause at most 100 ms;"
    " steady calls miss nothing"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """An action on a cable: `verb` is cut, plug, silence, restore or degrade."""

    verb: str
    cable: str
    degradation: Degradation | None = None


@dataclass(frozen=True, slots=True)
class WorkerAct:
    """Kill (kill -9) or start the worker."""

    verb: str


@dataclass(frozen=True, slots=True)
class Typed:
    """One of the paper's commands, without `config`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GatewayIs:
    """The worker reports this state for this gateway."""

    number: int
    state: str


@dataclass(frozen=True, slots=True)
class Through:
    """All `what` (new connections, or the calls) go through exactly these ISPs."""

    what: str
    isps: frozenset[int]


@dataclass(frozen=True, slots=True)
class PauseAtMost:
    """No call pauses for longer."""

    limit_ms: float


@dataclass(frozen=True, slots=True)
class NothingMissed:
    """Calls that the last action does not affect lose no reply."""


Act = Fault | WorkerAct | Typed
Expectation = GatewayIs | Through | PauseAtMost | NothingMissed


@dataclass(frozen=True, slots=True)
class Step:
    """What happens `at_s` seconds after the start: a line, an action, then expectations."""

    at_s: float
    say: str = ""
    act: Act | None = None
    did: str = ""
    expectations: tuple[tuple[str, Expectation], ...] = ()
    within_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A complete scenario."""

    title: str
    isps: int
    settings: tuple[str, ...]
    steps: tuple[Step, ...]


def read(words: str) -> Scenario:
    """The scenario in the file `words`, or the shipped one of that name. Raises BadRequest."""
    path = Path(words)
    if not path.exists() and words in shipped():
        path = SHIPPED / f"{words}.toml"
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as failure:
        msg = f"{words}: {failure}; a scenario is a file, or one of: {', '.join(shipped())}"
        raise BadRequest(msg) from None


def shipped() -> list[str]:
    """The names of the shipped scenarios."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def parse(text: str) -> Scenario:
    """Parse a scenario. Raises BadRequest (or TOMLDecodeError) with the error and its place."""
    page = tomllib.loads(text)
    _only(page, _SCENARIO_WORDS, "a scenario")
    plan = topology(_typed(page, "isps", int, 2))
    steps = _typed(page, "step", list, [])
    if not steps:
        msg = "a scenario has at least one [[step]]"
        raise BadRequest(msg)
    return Scenario(
        title=_typed(page, "title", str, "a scenario"),
        isps=len(plan.isps),
        settings=tuple(map(str, _typed(page, "settings", list, []))),
        steps=tuple(_step(step, plan, number) for number, step in enumerate(steps, 1)),
    )


def _step(page: Any, plan: Topology, number: int) -> Step:
    if not isinstance(page, dict):
        msg = f"step {number} is not a table: write [[step]]"
        raise BadRequest(msg)
    try:
        _only(page, _STEP_WORDS, "a step")
        done = _typed(page, "do", str, "")
        return Step(
            at_s=_seconds(page, "at", 0.0),
            say=_typed(page, "say", str, ""),
            act=_act(done, plan) if done else None,
            did=done,
            expectations=tuple((str(one), _expectation(str(one), plan)) for one in _typed(page, "expect", list, [])),
            within_s=_seconds(page, "within", 5.0),
        )
    except BadRequest as error:
        msg = f"step {number}: {error}"
        raise BadRequest(msg) from None


def _act(words: str, plan: Topology) -> Act:
    match words.split():
        case [("cut" | "plug" | "silence" | "restore") as verb, cable]:
            return Fault(verb, _cable(cable, plan))
        case ["degrade", cable, *amounts]:
            return Fault("degrade", _cable(cable, plan), _degradation(amounts))
        case [("kill" | "start") as verb, "worker"]:
            return WorkerAct(verb)
        case ["config", *command] if command:
            return Typed(tuple(command))
    msg = f"{words!r} cannot be done; what can: {_DOABLE}"
    raise BadRequest(msg)


def _degradation(words: list[str]) -> Degradation:
    amounts = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) % 2 or not amounts.keys() <= {"loss", "rate", "delay"}:
        msg = "say how bad: loss 5%, rate 2mbit, delay 40ms"
        raise BadRequest(msg)
    return Degradation(
        loss_percent=percent(amounts["loss"]) if "loss" in amounts else None,
        rate_bits_per_s=bits_per_s(amounts["rate"]) if "rate" in amounts else None,
        delay_ms=milliseconds(amounts["delay"]) if "delay" in amounts else None,
    )


def _expectation(words: str, plan: Topology) -> Expectation:
    if match := re.fullmatch(r"gateway (\d+) is (up|down)", words):
        return GatewayIs(_isp(match[1], plan), match[2])
    if match := re.fullmatch(r"(connections|calls) through (none|\d+(?:(?:, | and )\d+)*)", words):
        numbers = [] if match[2] == "none" else re.split(r", | and ", match[2])
        return Through(match[1], frozenset(_isp(number, plan) for number in numbers))
    if match := re.fullmatch(r"calls pause at most (\d+(?:\.\d+)? *(?:ms|s))", words):
        return PauseAtMost(milliseconds(match[1]))
    if words == "steady calls miss nothing":
        return NothingMissed()
    msg = f"{words!r} cannot be expected; what can: {_EXPECTED}"
    raise BadRequest(msg)


def _cable(name: str, plan: Topology) -> str:
    names = [cable.name for cable in plan.cables]
    if name not in names:
        msg = f"there is no cable {name}; there is: {', '.join(names)}"
        raise BadRequest(msg)
    return name


def _isp(word: str, plan: Topology) -> int:
    if not 1 <= int(word) <= len(plan.isps):
        msg = f"there is no ISP {word}, but {len(plan.isps)} of them"
        raise BadRequest(msg)
    return int(word)


def _seconds(page: Mapping[str, Any], key: str, default: float) -> float:
    value = page.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        msg = f"{key} is a number of seconds, 0 to {_LONGEST_S:g}"
        raise BadRequest(msg)
    return float(value)


def _typed(page: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
    value = page.get(key, default)
    if not isinstance(value, kind):
        msg = f"{key} has the wrong kind of value: {value!r}"
        raise BadRequest(msg)
    return value


def _only(page: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(page.keys() - known)
    if unknown:
        msg = f"{what} has no {', '.join(unknown)}; it has: {', '.join(sorted(known))}"
        raise BadRequest(msg)
