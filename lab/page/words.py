"""The messages of the lab's socket, as far as the Simulation page shows them.

The lab is a separate program and is trusted no more than any other peer: everything is limited and typed here. Unknown
fields are ignored, so that a newer lab may send more.
"""

from collections.abc import Mapping
from typing import Annotated, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass as pydantic_dataclass

T = TypeVar("T")

# The most cables of a lab: sixteen ISPs with two each, and one at either end.
_MOST_CABLES = 64
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Words = Annotated[str, StringConstraints(max_length=300)]
IspNumber = Annotated[int, Field(ge=1, le=99)]
Count = Annotated[int, Field(ge=0, le=1 << 62)]
Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]


@dataclass_transform(frozen_default=True, kw_only_default=True)
def _heard(cls: type[T]) -> type[T]:
    config = ConfigDict(extra="ignore")
    made: type[T] = pydantic_dataclass(frozen=True, slots=True, kw_only=True, config=config)(cls)  # type: ignore[assignment]
    return made


@_heard
class Traffic:
    """The traffic that enters a cable at one end; None before it was measured."""

    packets_per_s: Amount | None = None
    bits_per_s: Amount | None = None


@_heard
class Cable:
    """One cable. `fault`: its faults besides a cut. `summary`: the lab's phrase for its state."""

    name: Name
    near: Name
    far: Name
    plugged: bool
    fault: Words = ""
    summary: Words = ""
    from_near: Traffic
    from_far: Traffic


@_heard
class Gateway:
    """One ISP as the worker reports it."""

    number: IspNumber
    name: Words
    state: Words
    reason: Words = ""
    in_use: bool = False


@_heard
class Office:
    """The measurements of the traffic behind the router; None if not measured."""

    connections_by_isp: Annotated[Mapping[IspNumber, Count], Field(max_length=99)] = Field(default_factory=dict)
    connections_failed: Count = 0
    call_isp: IspNumber | None = None
    call_answered_ago_s: float | None = None
    call_gap_ms: Amount | None = None
    call_gap_ago_s: float | None = None
    download_isp: IspNumber | None = None
    download_resets: Count = 0


@_heard
class LabStatus:
    """The complete lab at one moment. `gateways` None: its worker is silent. `office` None: there is no traffic."""

    name: Words
    isps: Annotated[int, Field(ge=1, le=99)]
    cables: Annotated[tuple[Cable, ...], Field(max_length=_MOST_CABLES)]
    gateways: Annotated[tuple[Gateway, ...], Field(max_length=255)] | None = None
    office: Office | None = None


@_heard
class Arrival:
    """The first packet of a flow, as it reached the Internet host. `isp` None: it came through none.

    `office`: one of the office's flows. The router's own probes go through an ISP long before it is used.
    """

    isp: IspNumber | None
    office: bool
    line: Words


@_heard
class LabWord:
    """One line of the lab's subscription."""

    status: LabStatus | None = None
    trace: Arrival | None = None


@_heard
class LabAnswer:
    """The result of a requested fault."""

    ok: bool = False
    summary: Words = ""
    error: Words = ""
