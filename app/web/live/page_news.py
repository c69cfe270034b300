"""What is new on a page, as the event that replaces its parts."""

from app.web.live.board import Board, Fragments, Scene
from app.web.views.trial import Viewer


class PageNews:
    """The parts of one page that changed since its stream spoke last; at first all of them."""

    def __init__(self, board: Board, scene: Scene, viewer: Viewer) -> None:
        self._board = board
        self._scene = scene
        self._viewer = viewer
        self._sent: Fragments = {}

    async def __call__(self) -> bytes:
        """The event, or nothing."""
        now = await self._board.fragments(self._scene, self._viewer)
        changed = {name: html for name, html in now.items() if self._sent.get(name) != html}
        self._sent = now
        return message(changed) if changed else b""


def message(fragments: Fragments) -> bytes:
    """One server-sent event that replaces these parts of a page."""
    lines = "".join(f"data: {line}\n" for line in partials(fragments).splitlines())
    return f"{lines}\n".encode()


def partials(fragments: Fragments) -> str:
    """These parts as htmx takes them in, each by morphing, wherever they come from."""
    found = (
        f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">{html}</hx-partial>\n'
        for name, html in fragments.items()
    )
    return "".join(found)
