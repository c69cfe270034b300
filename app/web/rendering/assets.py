"""The static files: read once, compressed once, served under an address that changes with their content.

So a browser may keep them for ever, and a new version is a new address.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.resources import resource_directory
from app.web.forms.checks import kind_styles
from app.web.rendering.compression import takes_gzip

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
# The line of panel.css in whose place the rules for the kinds of checks are put.
_KINDS: Final = b"/* Here the panel puts a rule for each kind of check (app/web/rendering/assets.py). */"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, plain and compressed."""

    path: str
    kind: str
    plain: bytes
    packed: bytes


class Assets:
    """Every static file of a kind that pages use; others (licenses, notes) are not served."""

    def __init__(self, *resources: Path) -> None:
        """`resources`: directories of others, each with a static/."""
        roots = (resource_directory("static"), *(one / "static" for one in resources))
        found = [_asset(root, path) for root in roots for path in sorted(root.rglob("*")) if path.suffix in _TYPES]
        self._paths: Mapping[str, str] = {name: asset.path for name, asset in found}
        self._assets: Mapping[str, Asset] = {asset.path: asset for _, asset in found}

    def url(self, name: str) -> str:
        """The address of a file by its name below static/. Raises KeyError for one that is not there."""
        return self._paths[name]

    def answer(self, path: str, headers: Headers) -> Response:
        """The file at this path; 404 when that is no address of ours."""
        asset = self._assets.get(path)
        if asset is None:
            raise HTTPException(404)
        packed = takes_gzip(headers)
        answered = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
        if packed:
            answered["Content-Encoding"] = "gzip"
        return Response(asset.packed if packed else asset.plain, media_type=asset.kind, headers=answered)


def _asset(root: Path, path: Path) -> tuple[str, Asset]:
    name, content = path.relative_to(root).as_posix(), path.read_bytes().replace(_KINDS, kind_styles().encode())
    url = f"/static/{sha256(content).hexdigest()[:12]}/{name}"
    return name, Asset(url, _TYPES[path.suffix], content, gzip.compress(content, 9, mtime=0))
