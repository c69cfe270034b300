"""The content of the Simulation page: the picture, the office's figures, every cable with its actions, and the tour."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.model.words import counted, joined
from app.web.views import format as fmt
from lab.page.picture import CableMood, LabPicture, lab_picture, mood_of, word_of
from lab.page.tour import ISP, Stage, Tour
from lab.page.words import Arrival, LabStatus, Office


@dataclass(frozen=True, slots=True)
class Deed:
    """An action on a cable at the press of a button."""

    name: str
    word: str


@dataclass(frozen=True, slots=True)
class CableRow:
    """One cable: its state, its traffic in each direction, and its actions."""

    name: str
    mood: CableMood
    word: str
    there: str
    back: str
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the office, with a note."""

    name: str
    value: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the tour. `deed`: the action on ISP 1's cable for this step, if any. `seen`: the measurements."""

    title: str
    text: str
    mark: str
    deed: Deed | None = None
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """A function of this page, and the equivalent command."""

    what: str
    command: str


# The default lab of commands.
_USUAL_LAB: Final = "lab"
# The words after `./run lab`, or the same with the lab's name.
_TWINS: Final = (
    ("Cut a cable; then plug, silence or restore it", "cut balancer-isp1"),
    ("Degrade a cable", "degrade balancer-isp1 --loss 5 --rate 2mbit --delay 40ms"),
    ("The network, its traffic and what the office notices", "status"),
    ("Packets as they reach the Internet host", "trace"),
    ("The paper's experiment, with a verdict", "play paper"),
)


@dataclass(frozen=True, slots=True)
class SimulationPage:
    """Everything that the page shows. `picture` None: the lab does not reply."""

    picture: LabPicture | None
    cables: tuple[CableRow, ...]
    figures: tuple[Figure, ...]
    arrivals: tuple[Arrival, ...]
    steps: tuple[Step, ...]
    worker_is_silent: bool
    twins: tuple[Twin, ...] = ()


def simulation_page(status: LabStatus | None, arrivals: tuple[Arrival, ...], tour: Tour) -> SimulationPage:
    """The page for a status of the lab."""
    if status is None:
        return SimulationPage(None, (), (), arrivals, steps(tour), worker_is_silent=False)
    return SimulationPage(
        picture=lab_picture(status),
        cables=_rows(status),
        figures=() if status.office is None else figures(status.office),
        arrivals=arrivals,
        steps=steps(tour),
        worker_is_silent=status.gateways is None,
        twins=_twins(status.name),
    )


def _twins(lab: str) -> tuple[Twin, ...]:
    command = "./run lab" if lab == _USUAL_LAB else f"./run lab --name {lab}"
    return tuple(Twin(what, f"{command} {words}") for what, words in _TWINS)


def _rows(status: LabStatus) -> tuple[CableRow, ...]:
    return tuple(
        CableRow(
            name=cable.name,
            mood=mood_of(cable),
            word=word_of(cable),
            there=fmt.rate(cable.from_near.bits_per_s),
            back=fmt.rate(cable.from_far.bits_per_s),
            deeds=_deeds(mood_of(cable)),
        )
        for cable in status.cables
    )


def _deeds(mood: CableMood) -> tuple[Deed, ...]:
    """The actions that make sense now, always in the same two places of a row, so that buttons do not move under the
    finger.
    """
    first = Deed("plug", "Plug in") if mood is CableMood.CUT else Deed("cut", "Cut")
    healthy = mood is CableMood.HEALTHY
    return first, Deed("silence", "Silence") if healthy else Deed("restore", "Restore")


def figures(office: Office) -> tuple[Figure, ...]:
    """What users behind the router notice."""
    return (connections(office), _call(office), _gap(office), _download(office))


# The picture shows the rest.
_MOST_NAMED: Final = 4


def connections(office: Office) -> Figure:
    """How new connections are shared: by name, or from the least to the most if there are too many names."""
    total = sum(office.connections_by_isp.values())
    counts = sorted(office.connections_by_isp.items())
    shares = [
        f"ISP{fmt.SPACE}{number}{fmt.SPACE}{fmt.percent(100 * count / total)}" for number, count in counts if count
    ]
    if len(shares) > _MOST_NAMED:
        least, most = (fmt.percent(100 * pick(office.connections_by_isp.values()) / total) for pick in (min, max))
        shares = [f"{len(shares)} ISPs, {least} to {most} each"]
    failed = f"{total} in 10{fmt.SPACE}s, {office.connections_failed} failed"
    return Figure("New connections", " · ".join(shares) or "none", failed)


def _call(office: Office) -> Figure:
    if office.call_isp is None:
        return Figure("The call", "not answered yet")
    ago_s = office.call_answered_ago_s
    if ago_s is not None and ago_s >= 1:
        return Figure(
            "The call", f"silent for {fmt.duration(timedelta(seconds=ago_s))}", f"was on ISP {office.call_isp}"
        )
    return Figure("The call", f"through ISP {office.call_isp}", "100 datagrams a second, all answered")


def _gap(office: Office) -> Figure:
    if not office.call_gap_ms:
        return Figure("Its last gap", f"under 100{fmt.SPACE}ms", "less than a person hears")
    ago = fmt.duration(timedelta(seconds=office.call_gap_ago_s or 0))
    return Figure("Its last gap", fmt.milliseconds(office.call_gap_ms), f"{ago} ago")


def _download(office: Office) -> Figure:
    where = "not connected" if office.download_isp is None else f"through ISP {office.download_isp}"
    resets = office.download_resets
    return Figure("The download", where, f"connection reset {counted(resets, 'time')}")


def steps(tour: Tour) -> tuple[Step, ...]:
    """The steps of the paper's experiment, with the results so far."""
    order = list(Stage)
    reached = order.index(tour.stage)
    cut, plug = Deed("cut", "Cut ISP 1's cable"), Deed("plug", "Plug it back in")
    marks = ["done" if reached > index else "now" if reached == index else "later" for index in range(4)]
    return (
        Step(
            "Look at the packets",
            "New connections reach the Internet host through both ISPs; each line of the list names the ISP.",
            marks[0],
            cut if tour.stage is Stage.READY else None,
            (_origins(tour.flows_before),) if tour.flows_before else (),
        ),
        Step(
            "With the cable cut",
            "All new packets now come from the other ISP. The call continues, and ISP 1's card shows no carrier.",
            marks[1],
            plug if tour.stage is Stage.CUT else None,
            _seen_cut(tour),
        ),
        Step(
            "Plugged in again",
            "ISP 1 must pass its checks for its hold-down time before it gets new connections.",
            marks[2],
            None,
            (f"back after {fmt.duration(timedelta(seconds=tour.back_after_s))}",) if tour.back_after_s else (),
        ),
        Step(
            "As before",
            "Packets come from both ISPs again. Flows that moved to the other ISP stay there until they end.",
            "done" if tour.stage is Stage.DONE else "later",
            Deed("cut", "Once more") if tour.stage is Stage.DONE else None,
            (_origins(tour.flows_after),) if tour.flows_after and tour.stage is Stage.DONE else (),
        ),
    )


def _seen_cut(tour: Tour) -> tuple[str, ...]:
    if tour.stage is Stage.READY:
        return ()
    seen = [_origins(tour.flows_cut)] if tour.flows_cut else []
    if tour.call_gap_ms is not None:
        seen.append(f"the call's gap: {fmt.milliseconds(tour.call_gap_ms)}")
    elif tour.call_isp_before == ISP and tour.call_isp_after not in {ISP, None}:
        seen.append(f"the call's gap: under 100{fmt.SPACE}ms")
    if tour.call_isp_before and tour.call_isp_after and tour.call_isp_before != tour.call_isp_after:
        seen.append(f"the call moved from ISP {tour.call_isp_before} to ISP {tour.call_isp_after}")
    elif tour.call_isp_before and tour.call_isp_before != ISP:
        seen.append(f"the call was not on ISP 1 and stayed on ISP {tour.call_isp_before}")
    return tuple(seen)


def _origins(flows: "dict[int, int]") -> str:
    parts = [f"{count} through {f'ISP {isp}' if isp else 'no ISP'}" for isp, count in sorted(flows.items())]
    return f"new flows seen: {joined(parts)}"
