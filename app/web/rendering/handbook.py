"""The documentation in docs/ as pages of the panel, readable without the Internet."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from app.resources import resource_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# In the order of reading; others follow by name.
_ORDER: Final = ("panel", "first-hour", "settings", "failover", "security", "troubleshooting", "install", "upgrade")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a chapter, and its anchor."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One document. `html` is safe: raw HTML in Markdown is shown as text."""

    name: str
    title: str
    html: Markup
    headings: tuple[Heading, ...]


def chapters() -> tuple[Chapter, ...]:
    """All chapters, in the order of reading."""
    found = sorted(path.stem for path in resource_directory("docs").glob("*.md"))
    return tuple(_chapter(name) for name in sorted(found, key=lambda one: (_place(one), one)))


def chapter(name: str) -> Chapter | None:
    """The chapter of this name, or None."""
    return next((one for one in chapters() if one.name == name), None)


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


@cache
def _chapter(name: str) -> Chapter:
    parser, path = _parser(), resource_directory("docs") / f"{name}.md"
    tokens = parser.parse(path.read_text(encoding="utf-8"))
    headings = tuple(_anchored(tokens))
    _relinked(tokens, path.parent)
    # The page shows the title itself.
    html = parser.renderer.render([one for one in tokens[3:] if not _is_chart(one)], parser.options, {})
    title = headings[0].text if headings else name
    return Chapter(name, title, Markup(html), headings[1:])  # noqa: S704 - of our own files, without raw HTML


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - for who reads the documentation alone

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _anchored(tokens: "Sequence[Token]") -> "Sequence[Heading]":
    """Give each heading the anchor that GitHub gives it, so that links work in both places."""
    found = []
    for opening, inline in pairwise(tokens):
        if opening.type in {"table_open", "fence"}:
            opening.attrSet("tabindex", "0")  # what scrolls sideways is reached with the keyboard too
        if opening.type == "heading_open":
            text = "".join(one.content for one in inline.children or ())
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            opening.attrSet("id", anchor)
            if opening.tag in {"h1", "h2"}:
                found.append(Heading(text, anchor))
    return found


def _relinked(tokens: "Sequence[Token]", directory: Path) -> None:
    """Let links between documents lead to their pages; one to a document that is not here becomes text."""
    for token in tokens:
        for one in token.children or ():
            if one.type != "link_open":
                continue
            target = str(one.attrGet("href") or "")
            name, _, anchor = target.partition("#")
            if (directory / name).parent == directory and (directory / name).is_file() and name.endswith(".md"):
                one.attrSet("href", f"/docs/{name.removesuffix('.md')}{f'#{anchor}' if anchor else ''}")
            elif not target.startswith("#"):
                one.attrs.pop("href", None)


def _is_chart(token: "Token") -> bool:
    """A chart in Mermaid's language, which needs a script of its own to be one."""
    return token.type == "fence" and token.info.startswith("mermaid")
