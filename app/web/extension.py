"""Panel extension: a page that the program which starts a panel adds. A router has none."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter

from app.web.links.subscription import Subscription


class Extension(ABC):
    """One page with its place in the menu, its live parts, and the subscription that feeds them.

    `path`: where the page is; `icon`: of templates/macros/icons.html. `router`: its routes, which declare their callers
    like all others. `resources`: a directory with templates/ and static/ of its own. `parts`: the live parts of the
    page, each a template in parts/ and the id of an element. The page says `{% block live %}extension{% endblock %}`.
    """

    path: str
    title: str
    icon: str
    router: APIRouter
    resources: Path
    parts: tuple[str, ...]
    link: Subscription

    @abstractmethod
    def moment(self) -> object:
        """What the live parts are rendered from, as a value that changes with it. Called for each viewer's update."""

    @abstractmethod
    def context(self) -> Mapping[str, object]:
        """The names that the templates of the live parts use."""
