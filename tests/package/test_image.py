"""The Dockerfile, by the rules that matter: what a linter would ask, and what a router has to be careful about."""

import re
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]


def instructions() -> list[tuple[str, str]]:
    """Every instruction with its words, continued lines joined."""
    text = re.sub(r"(?m)^#.*\n", "", (TREE / "Dockerfile").read_text()).replace("\\\n", " ")
    return [(name, words) for name, _, words in (line.partition(" ") for line in text.splitlines()) if name]


def words_of(name: str) -> list[str]:
    return [words for instruction, words in instructions() if instruction == name]


def test_every_base_image_has_a_version() -> None:
    assert [words.split()[0] for words in words_of("FROM")] == ["debian:12-slim"] * 2


def test_packages_have_a_version_and_leave_no_lists_behind() -> None:
    installing = [words for words in words_of("RUN") if "apt-get" in words]
    assert installing
    for words in installing:
        (names,) = re.findall(r"apt-get install -y --no-install-recommends ([^&]+)", words)
        assert all("=" in name for name in names.split())
        assert "rm -rf /var/lib/apt/lists/*" in words


def test_libraries_are_installed_by_hash() -> None:
    installs = re.findall(r"pip install[^&]*", " ".join(words_of("RUN")))
    assert installs
    assert all("--require-hashes" in words for words in installs)


def test_what_is_copied_is_in_the_tree_and_not_left_out_of_it() -> None:
    ignored = (TREE / ".dockerignore").read_text().split()
    for words in words_of("COPY"):
        if not words.startswith("--from"):
            *sources, _ = words.split()
            assert all((TREE / source).exists() for source in sources)
            assert not {source.split("/")[0] for source in sources} & set(ignored)


def test_the_simulated_network_is_no_part_of_it() -> None:
    assert "lab" in (TREE / ".dockerignore").read_text().split()
    assert not [words for words in words_of("COPY") if words.split()[0] in {".", "lab"}]


def test_it_says_who_runs_what_and_whether_it_is_well() -> None:
    assert words_of("USER") == ["0:64240"]
    (check,) = words_of("HEALTHCHECK")
    assert '"app.cli.health"' in check
    assert all(words.startswith("[") for name in ("ENTRYPOINT", "CMD") for words in words_of(name))


def test_the_documented_command_names_the_capabilities_that_the_processes_need() -> None:
    documented = set(re.findall(r"--cap-add (\w+)", (TREE / "docs/install.md").read_text()))
    # NET_*: the processes'; the rest is what root needs to make them what they are, and to end them.
    assert documented == {"NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE", "SETUID", "SETGID", "SETPCAP", "KILL"}
