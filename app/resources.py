"""Finds the files that are not code: beside app/ in a checkout, in app/_resources/ once installed from a wheel."""

from pathlib import Path
from typing import Literal

_APP = Path(__file__).resolve().parent

Resource = Literal["templates", "static", "migrations", "docs"]


def resource_directory(name: Resource) -> Path:
    """The directory of this name that came with the running code.

    Raises FileNotFoundError when the installation is incomplete. The wheel's own place is asked first: beside an
    installed app/ lies site-packages, where a directory called `static` may be anybody's.
    """
    for candidate in (_APP / "_resources" / name, _APP.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name}/ is neither in {_APP / '_resources'} nor in {_APP.parent}")
