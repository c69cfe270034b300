"""The progress of the paper's experiment (section VI): cut ISP 1, watch the packets change, plug it in again.

Pure: it gets the lab's status with times, and keeps the measurements.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lab.page.words import Arrival, LabStatus

CABLE: Final = "balancer-isp1"
ISP: Final = 1


class Stage(StrEnum):
    """How far the experiment has come."""

    READY = "ready"
    CUT = "cut"
    PLUGGED = "plugged"
    DONE = "done"


@dataclass(slots=True)
class Tour:
    """The results of the experiment so far; the office's flows as they reached the Internet host, by ISP (0: none)."""

    stage: Stage = Stage.READY
    cut_s: float = 0.0
    plugged_s: float = 0.0
    # Seconds from plugging in to the first flow of the office through ISP 1.
    back_after_s: float | None = None
    call_gap_ms: float | None = None
    call_isp_before: int | None = None
    call_isp_after: int | None = None
    flows_before: Counter[int] = field(default_factory=Counter)
    flows_cut: Counter[int] = field(default_factory=Counter)
    flows_after: Counter[int] = field(default_factory=Counter)

    def see(self, status: LabStatus, now_s: float) -> None:
        """Process a status of the lab."""
        cable = next((one for one in status.cables if one.name == CABLE), None)
        if cable is None:
            return
        if not cable.plugged and self.stage is not Stage.CUT:
            self._begin(now_s)
        elif cable.plugged and self.stage is Stage.CUT:
            self.stage, self.plugged_s = Stage.PLUGGED, now_s
        self._follow_call(status, now_s)

    def arrive(self, arrival: Arrival, now_s: float) -> None:
        """Process a flow that reached the Internet host."""
        if not arrival.office:
            return
        isp = arrival.isp or 0
        match self.stage:
            case Stage.READY:
                self.flows_before[isp] += 1
            case Stage.CUT:
                self.flows_cut[isp] += 1
            case Stage.PLUGGED | Stage.DONE:
                self.flows_after[isp] += 1
                if isp == ISP and self.stage is Stage.PLUGGED:
                    self.stage, self.back_after_s = Stage.DONE, now_s - self.plugged_s

    def _begin(self, now_s: float) -> None:
        before = self.flows_before if self.stage is Stage.READY else self.flows_after
        call_before = self.call_isp_after or self.call_isp_before
        self.stage, self.cut_s, self.plugged_s, self.back_after_s = Stage.CUT, now_s, 0.0, None
        self.flows_before, self.flows_cut, self.flows_after = before, Counter(), Counter()
        self.call_gap_ms, self.call_isp_before, self.call_isp_after = None, call_before, None

    def _follow_call(self, status: LabStatus, now_s: float) -> None:
        office = status.office
        if office is None or office.call_isp is None:
            return
        if self.stage is Stage.READY:
            self.call_isp_before = office.call_isp
            return
        self.call_isp_after = office.call_isp
        ago_s = office.call_gap_ago_s
        # Half a second for the lab's update interval: the gap of the cut may be older than its report.
        if ago_s is not None and office.call_gap_ms and now_s - ago_s >= self.cut_s - 0.5:
            self.call_gap_ms = office.call_gap_ms
