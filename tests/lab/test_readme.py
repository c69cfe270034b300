"""README shows what its commands print on a router."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.lab import Lab
from tests.lab import routed
from tests.lab.by_hand import lab_name

README = Path(__file__).parents[2] / "README.md"
SECTIONS = ("The paper's commands", "Backup ISPs and traffic rules")
INSIDE = "sudo ./run lab exec balancer -- "


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.up(lab_name("readme"), blank=True, quiet=True, port=0) as lab:
        yield lab


def blocks(section: str) -> list[list[str]]:
    text = README.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [block.splitlines() for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S)]


def command(line: str) -> list[str]:
    """The words of a command that runs on the router; none for what is printed, and for the lab's own commands."""
    bare = line.split(" #", maxsplit=1)[0].removeprefix(INSIDE)
    return shlex.split(bare) if line.startswith(INSIDE) or bare.startswith("config ") else []


def printed(lab: Lab, words: list[str]) -> list[str]:
    if words[0] == "ip":
        routed.wait_for_members(lab, 1, 2)
    elif words[:2] == ["config", "way"]:  # ISP 2 is a backup by then, so no hash decides
        routed.settled(lab)
        routed.wait_for_members(lab, 1)
    return [line.rstrip() for line in lab.run("balancer", words).stdout.splitlines()]


def test_what_is_shown_is_what_is_printed(lab: Lab) -> None:
    compared = 0
    for section in SECTIONS:
        said: list[list[str]] = []
        for block in blocks(section):
            commands = [words for words in map(command, block) if words]
            if commands or any("./run lab" in line for line in block):
                said = [printed(lab, words) for words in commands]
            else:
                assert [line.rstrip() for line in block] in said, (section, said)
                compared += 1
    assert compared >= 4
