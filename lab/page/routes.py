"""The routes of the Simulation page: faults at the press of a button.

The panel gains no privileges: it sends requests over the lab's socket, and they affect only the lab's cables.
"""

import asyncio
import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from pydantic import Field as PydanticField

from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import Field
from app.web.pages.responses import ThePage, is_htmx
from app.web.panel import ThePanel
from lab.page.client import LabRefused, ask_lab
from lab.page.link import LabLink
from lab.page.view import simulation_page

router = APIRouter(prefix="/simulation", **SIGNED_IN)

# The lab usually replies within 50 ms; otherwise the page says that it waits.
FIRST_WORD_S: Final = 1.0
DEEDS: Final = {"cut": "cut", "plug": "plugged in", "silence": "silenced", "restore": "restored"}
_CABLE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
# The limits of the form; the lab checks again.
_LIMITS: Final = {"loss": 100.0, "rate": 10_000.0, "delay": 10_000.0}
_UNITS: Final = {"loss": "%", "rate": "Mbit/s", "delay": "ms"}
_LABELS: Final = {"loss": "Loss", "rate": "Rate", "delay": "Delay"}


def lab_of(panel: ThePanel) -> LabLink:
    """The lab of this panel; 404 without one."""
    link = None if panel.extension is None else panel.extension.link
    if not isinstance(link, LabLink):
        raise HTTPException(404)
    return link


TheLab = Annotated[LabLink, Depends(lab_of)]


class Degradation(BaseModel):
    """The fields of the degradation form, as typed."""

    cable: str = PydanticField("", max_length=40)
    loss: str = PydanticField("", max_length=40)
    rate: str = PydanticField("", max_length=40)
    delay: str = PydanticField("", max_length=40)


@router.get("")
async def show(context: ThePage, lab: TheLab, cable: str = "") -> Response:
    """The page; `cable`: the cable that its form of faults has preselected."""
    return await _page(context, lab, chosen=cable)


@router.post("/degrade")
async def degrade(context: ThePage, lab: TheLab, given: Annotated[Degradation, Form()]) -> Response:
    """Give a cable loss, a rate limit or a delay."""
    typed, cable = {"loss": given.loss, "rate": given.rate, "delay": given.delay}, given.cable
    numbers, wrong = _numbers(typed)
    if wrong or not numbers:
        text = "; ".join(wrong) or "Enter a loss, a rate or a delay."
        return await _refused(context, lab, text, cable, typed)
    request: dict[str, str | float] = {"command": "degrade", "cable": _cable(cable)}
    request |= {"loss_percent": numbers["loss"]} if "loss" in numbers else {}
    request |= {"rate_bits_per_s": round(numbers["rate"] * 1_000_000)} if "rate" in numbers else {}
    request |= {"delay_ms": numbers["delay"]} if "delay" in numbers else {}
    return await _ask(context, lab, request, typed)


@router.post("/tour")
async def restart(context: ThePage, lab: TheLab) -> Response:
    """Restart the tour."""
    lab.restart_tour()
    return context.elsewhere("/simulation#tour")


@router.post("/cables/{cable}")
async def act(context: ThePage, lab: TheLab, cable: str, do: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Cut, plug, silence or restore a cable."""
    if do not in DEEDS:
        raise HTTPException(422, "A cable can be cut, plugged in, silenced or restored.")
    return await _ask(context, lab, {"command": do, "cable": _cable(cable)}, {})


def _cable(name: str) -> str:
    if not _CABLE.fullmatch(name):
        raise HTTPException(404)
    return name


def _numbers(typed: dict[str, str]) -> tuple[dict[str, float], list[str]]:
    """The typed numbers, and the errors of the other fields."""
    numbers, wrong = {}, []
    for name, given in typed.items():
        text = given.strip().replace(",", ".")
        if not text:
            continue
        good = re.fullmatch(r"\d{1,6}(\.\d{1,4})?", text, flags=re.ASCII)
        if good and 0 < float(text) <= _LIMITS[name]:
            numbers[name] = float(text)
        else:
            wrong.append(f"{_LABELS[name]} is a number above 0, at most {_LIMITS[name]:.0f} {_UNITS[name]}")
    return numbers, wrong


async def _ask(context: ThePage, lab: LabLink, request: dict[str, str | float], typed: dict[str, str]) -> Response:
    cable = str(request["cable"])
    try:
        summary = await asyncio.to_thread(ask_lab, lab.path, request)
    except LabRefused as error:
        return await _refused(context, lab, str(error), cable, typed)
    if not is_htmx(context.request):
        await lab.shown(cable, summary, FIRST_WORD_S)
        return context.elsewhere(f"/simulation#cable-{cable}")
    return _told(context, "good", f"{cable} is now {summary}.")


async def _refused(context: ThePage, lab: LabLink, text: str, cable: str, typed: dict[str, str]) -> Response:
    if is_htmx(context.request):
        return _told(context, "bad", text, 422)
    return await _page(context, lab, status=422, trouble=text, chosen=cable, typed=typed)


def _told(context: ThePage, kind: str, text: str, status: int = 200) -> Response:
    return HTMLResponse(context.panel.templates.page("parts/outcome.html", kind=kind, text=text), status)


async def _page(
    context: ThePage,
    lab: LabLink,
    *,
    status: int = 200,
    trouble: str = "",
    chosen: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    await lab.listened(FIRST_WORD_S)
    page = simulation_page(lab.status, tuple(lab.arrivals), lab.tour)
    given = typed or {}
    fields = tuple(
        Field(name=name, label=label, value=given.get(name, ""), unit=_UNITS[name], inputmode="decimal")
        for name, label in _LABELS.items()
    )
    return await asyncio.to_thread(
        context.page, "simulation.html", status=status, simulation=page, trouble=trouble, chosen=chosen, fields=fields
    )
