"""The Simulation page as an extension of the panel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.web.extension import Extension
from lab.page.link import LabLink
from lab.page.routes import router
from lab.page.view import simulation_page

# Its templates/ and static/.
RESOURCES: Final = Path(__file__).resolve().parent


class Simulation(Extension):
    """The page of the lab whose control socket is at `socket`."""

    path = "/simulation"
    title = "Simulation"
    icon = "flask"
    router = router
    resources = RESOURCES
    parts = ("lab-picture", "lab-figures", "lab-cables", "lab-trace", "lab-tour")
    link: LabLink

    def __init__(self, socket: Path) -> None:
        self.link = LabLink(socket)

    def moment(self) -> tuple[int, bool]:
        """The last status, and whether the lab is silent. Calling this makes the panel listen to the lab."""
        self.link.want()
        return self.link.heard, self.link.status is None

    def context(self) -> Mapping[str, object]:
        """`simulation`: the content of the page now."""
        return {"simulation": simulation_page(self.link.status, tuple(self.link.arrivals), self.link.tour)}
