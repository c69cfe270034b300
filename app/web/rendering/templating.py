"""Templates: strict about names, escaping everywhere, and either a whole page or one block of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block

from app.resources import resource_directory
from app.service.check_trials import CheckAnswer
from app.web.rendering.assets import Assets
from app.web.views import format as fmt
from app.web.views.format import browser_words

THEMES: Final = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame around every page shows. `user` empty: not logged in. `here`: the page's path.

    `added`: path, title and icon of a page beyond the router's own. `warning`: what every page has to say. `saved`: the
    revision that this browser just saved; `undo`: the revision that is restored to undo it.
    """

    here: str
    theme: str = "auto"
    user: str = ""
    saved: int | None = None
    undo: int | None = None
    answers: tuple[CheckAnswer, ...] = ()
    kept: int | None = None
    added: tuple[str, str, str] | None = None
    warning: str = ""


class Templates:
    """The templates of the panel."""

    def __init__(self, assets: Assets, *resources: Path) -> None:
        """`resources`: directories of others, each with a templates/."""
        self.assets = assets
        self._environment = Environment(
            loader=FileSystemLoader([resource_directory("templates"), *(one / "templates" for one in resources)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["asset"] = assets.url
        self._environment.filters.update(
            clock=lambda at: fmt.clock(at, datetime.now(UTC)),
            full=fmt.full,
            iso=lambda at: at.astimezone(UTC).isoformat(timespec="seconds"),
            browser=browser_words,
            rate=fmt.rate,
            milliseconds=fmt.milliseconds,
            percent=fmt.percent,
        )

    def page(self, name: str, **context: Any) -> str:
        """A whole page, or a part that is a template of its own."""
        return self._environment.get_template(name).render(context)

    def block(self, name: str, block: str, **context: Any) -> str:
        """One block of a page, rendered with the page's own context."""
        return render_block(self._environment, name, block, context)
