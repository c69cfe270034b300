"""The documentation that the panel serves, and the chapter that each page leads to."""

import re
import tomllib
from pathlib import Path

import pytest

from app.resources import resource_directory
from app.service.configuration import Configuration
from app.web.rendering.handbook import Chapter, chapters
from tests.web.person import Browser, text_of

PAGES = (
    "/", "/isps", "/isps/1", "/isps/1/status", "/isps/new", "/isps/1/disable", "/isps/1/remove", "/events", "/rules",
    "/rules/new", "/interfaces", "/interfaces/eth1", "/failover", "/guard", "/kernel", "/revisions", "/revisions/1",
    "/settings", "/settings/backup", "/settings/doctor", "/docs", "/docs/failover",
)  # fmt: skip
LINK = re.compile(r'href="/docs(?:/([\w-]+))?(?:#([\w-]+))?"')


def anchors(chapter: Chapter) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', chapter.html))


def leads_somewhere(name: str, anchor: str) -> bool:
    known = {one.name: one for one in chapters()}
    return name in known and (not anchor or anchor in anchors(known[name]))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_to_its_chapter(two_isps: Configuration, at_work: Browser, path: str) -> None:
    page = at_work.get(path)
    assert page.status_code == 200
    found = re.search(r'<li><a href="/docs/([\w-]+)(?:#([\w-]+))?"[^>]*><svg', page.text)
    assert found is not None
    assert leads_somewhere(found[1], found[2] or "")
    if not path.startswith("/docs"):
        assert found[2] or found[1] != "panel", "the page names its own chapter"


def test_the_first_setup_leads_to_its_chapter(two_isps: Configuration, at_work: Browser) -> None:
    for path in ("/welcome", "/welcome/checks"):
        found = re.search(r'href="/docs/([\w-]+)#([\w-]+)"', at_work.get(path).text)
        assert found is not None
        assert leads_somewhere(found[1], found[2])


def test_all_documents_are_served_with_their_links(at_work: Browser, two_isps: Configuration) -> None:
    listed = at_work.get("/docs").text
    names = {path.stem for path in resource_directory("docs").glob("*.md")}
    assert names == {one.name for one in chapters()}
    for one in chapters():
        assert f'href="/docs/{one.name}"' in listed
        page = at_work.get(f"/docs/{one.name}")
        assert page.status_code == 200
        assert one.title in text_of(page.text)
        for name, anchor in LINK.findall(one.html):
            assert leads_somewhere(name, anchor), (one.name, name, anchor)
        for target in re.findall(r'href="([^"]*)"', one.html):
            assert target.startswith(("/docs/", "#")), (one.name, target)
        assert "<img" not in one.html


def test_nothing_else_is_served(at_work: Browser) -> None:
    for name in ("nothing", "%2e%2e%2fREADME", "..%2f..%2fetc%2fpasswd", "failover.md", "screenshots"):
        assert at_work.get(f"/docs/{name}").status_code in {404, 303}, name


def test_a_table_and_a_command_are_shown_as_such(at_work: Browser) -> None:
    assert "<table" in at_work.get("/docs/settings").text
    assert "config gateway detect" in text_of(at_work.get("/docs/first-hour").text)
    assert "flowchart TD" not in at_work.get("/docs/failover").text


def test_the_wheel_has_every_document() -> None:
    root = Path(__file__).parents[3]
    included = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {f"docs/{path.name}" for path in (root / "docs").glob("*.md")}
    assert {one for one in included["force-include"] if one.startswith("docs/")} == wanted
