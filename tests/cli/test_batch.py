"""Many commands as one change."""

import io
from pathlib import Path

import pytest

from app.store.files import reading
from tests.cli.console import FIVE_LINES, PAPER, Console


def write(directory: Path, text: str) -> Path:
    path = directory / "commands"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_papers_commands_become_one_revision(console: Console) -> None:
    path = write(console.path, f"# the paper, section III\n{PAPER}\n\ngateway show   # without the word config\n")
    assert console.do(f"config batch {path}") == FIVE_LINES
    assert console.head.number == 1
    assert console.do("config gateway show") == FIVE_LINES


def test_commands_come_from_standard_input(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PAPER))
    console.do("config batch -")
    assert console.do("config gateway show") == FIVE_LINES


def test_each_line_sees_what_those_before_it_did(console: Console) -> None:
    path = write(
        console.path, f"{PAPER}gateway weight 2 5\ngateway del 1\naddr add eth2 10.7.0.1/24\ngateway add 10.7.0.2"
    )
    console.do(f"config batch {path}")
    assert [(one.number, one.weight) for one in console.head.config.gateways] == [(1, 1), (2, 5)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gateway weight 2 0", "line 8: gateways.2.weight: "),
        ("gateway weight 9 1", "line 8: gateways: there is no gateway 9"),
        ("gateway nope", "line 8: No such command 'nope' (see `config gateway --help`)"),
        ("addr edit eth9 10.0.0.1/24", "line 8: interfaces.eth9.name: "),
        ("gateway add 'unended", "line 8: No closing quotation"),
        ("batch -", "line 8: a batch cannot contain another batch"),
    ],
)
def test_the_first_line_in_error_is_named_and_nothing_is_changed(console: Console, line: str, words: str) -> None:
    path = write(console.path, f"{PAPER}{line}\ngateway weight 1 0\n")
    said = console.refused(f"config batch {path}")
    assert said.startswith(f"config: {words}")
    assert console.head.number == 0


def test_a_line_may_need_one_that_comes_after_it(console: Console) -> None:
    lines = "gateway add auto eth1\ngateway edit 192.168.1.2 eth1\naddr edit eth1 192.168.1.1/24\n"
    console.do(f"config batch {write(console.path, lines)}")
    assert console.head.number == 1
    assert "Default gateway [1]: 192.168.1.2 (eth1)" in console.do("config gateway show")


def test_what_no_later_line_mends_is_told_with_the_line_that_brought_it(console: Console) -> None:
    lines = "addr edit eth0 62.231.110.65/26\ngateway add 192.168.1.2 eth1\ngateway weight 1 3\n"
    said = console.refused(f"config batch {write(console.path, lines)}")
    assert said.startswith("config: line 2: gateways.1.ipv4.address: eth1 has no address")


def test_a_batch_that_changes_nothing_makes_no_revision(console: Console) -> None:
    console.do(PAPER)
    before = console.head
    path = write(console.path, "gateway weight 1 1\ngateway show\n")
    assert console.do(f"config batch {path}") == FIVE_LINES
    assert console.head == before


def test_the_commands_are_the_revisions_note(console: Console) -> None:
    console.do(f"config batch {write(console.path, PAPER)}")
    with reading(console.path / "config.db") as connection:
        (note,) = connection.execute("SELECT note FROM revision").fetchone()
    assert note.startswith("addr edit eth0 62.231.110.65/26; addr edit eth1")
