"""One run of a proposed check through one gateway: the request on worker.sock and its result."""

from typing import Annotated

from pydantic import Field, Strict

from app.model.base import domain
from app.model.check import Check
from app.model.config import Number
from app.model.family import Family
from app.model.status import LayerStatus


@domain
class TrialRequest:
    """Ask `check` once through gateway `gateway` in `family`; an answer that takes longer than `timeout_s` is none.

    Numbers are strict here: a program sends them, and `true` is a mistake, not gateway 1.
    """

    gateway: Annotated[Number, Strict()]
    check: Check
    timeout_s: Annotated[float, Strict(), Field(ge=0.05, le=10, allow_inf_nan=False)] = 2.0
    family: Family = Family.IPV4


@domain
class TrialTarget:
    """The result of one target. `rtt_ms` None: no valid reply."""

    host: str
    ok: bool
    text: str
    rtt_ms: float | None = None


@domain
class Trial:
    """The result: the current layers below the checks, then every target of the check."""

    layers: tuple[LayerStatus, ...]
    targets: tuple[TrialTarget, ...]

    def passes(self, check: Check) -> bool:
        """Whether no layer below `check` failed and enough of its targets replied."""
        below = all(one.ok is not False for one in self.layers)
        return below and (not check.hosts or sum(one.ok for one in self.targets) >= check.needed)
