"""Runs a proposed check once, for a user who waits for the result."""

import asyncio
from dataclasses import dataclass

from app.model.check import Check
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.probe.path import Path
from app.probe.path_prober import PathProber


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """The result of one target of the check. `rtt_ms` None: no valid reply."""

    host: str
    ok: bool
    text: str
    rtt_ms: float | None = None


async def probe_once(check: Check, path: Path, timeout_s: float) -> tuple[TargetAnswer, ...]:
    """Probe every target of `check` once through `path`, all at the same time. Takes at most `timeout_s`.

    Changes nothing. Errors of a probe are not raised but reported in the text of its result. A link check has no
    targets, so it has no results.
    """
    prober = PathProber(path)
    try:
        return tuple(await asyncio.gather(*(_ask(prober, check, host, timeout_s) for host in check.hosts)))
    finally:
        prober.close()


async def _ask(prober: PathProber, check: Check, host: str, timeout_s: float) -> TargetAnswer:
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[Outcome] = loop.create_future()

    def report(outcome: Outcome) -> None:
        if not heard.done():
            heard.set_result(outcome)

    prober.ask(Probe(check, host, 0, 0, loop.time(), timeout_s), report)
    try:
        async with asyncio.timeout(timeout_s):
            outcome = await heard
    except TimeoutError:
        return TargetAnswer(host, ok=False, text=f"no reply within {timeout_s:g} s")
    match outcome:
        case Answer(rtt_s=rtt_s):
            return TargetAnswer(host, ok=True, text=f"reply in {1000 * rtt_s:.1f} ms", rtt_ms=1000 * rtt_s)
        case Refusal(text=text) | Failure(text=text):
            return TargetAnswer(host, ok=False, text=text)
