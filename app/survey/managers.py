"""Who else looks after interfaces, from what those programs leave in /run while they do."""

import configparser
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from app.diagnosis.machine import Managers, Program

_KEEPS: Final = ("ManageForeignRoutes", "ManageForeignRoutingPolicyRules")


def managers(root: Path, names: Mapping[int, str]) -> Managers:
    """Look below `root` (the machine's /); `names` are its interfaces by index."""
    found = {
        Program.NETWORKD: _networkd(root / "run/systemd/netif/links", names),
        Program.NETWORK_MANAGER: _network_manager(root / "run/NetworkManager/devices", names),
        Program.DHCPCD: _of_pid_files(root, "run/dhcpcd/*.pid", names.values()),
        Program.DHCLIENT: _of_pid_files(root, "run/dhclient*.pid", names.values()),
        Program.IFUPDOWN: _ifupdown(root / "run/network/ifstate", names.values()),
    }
    interfaces = {program: frozenset(several) for program, several in found.items() if several}
    return Managers(interfaces, _networkd_keeps_foreign(root))


def _networkd(links: Path, names: Mapping[int, str]) -> set[str]:
    return {
        name for name, words in _states(links, names) if words.get("ADMIN_STATE", "") in {"configured", "configuring"}
    }


def _network_manager(devices: Path, names: Mapping[int, str]) -> set[str]:
    return {name for name, words in _states(devices, names) if words.get("managed", "") in {"true", "1", "full"}}


def _states(directory: Path, names: Mapping[int, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """A file for each interface index, with a `KEY=VALUE` on each line."""
    for index, name in names.items():
        try:
            text = (directory / str(index)).read_text(errors="replace")
        except OSError:
            continue
        yield name, dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _of_pid_files(root: Path, pattern: str, names: Iterable[str]) -> set[str]:
    """The interfaces that are named in the files of processes that still live."""
    found = set()
    for file in root.glob(pattern):
        try:
            lives = (root / "proc" / file.read_text().strip()).is_dir()
        except OSError:
            continue
        words = file.stem.replace("dhclient", "").strip(".-").split("-")[0].split(".")
        found |= {name for name in names if lives and name in {*words, file.stem}}
    return found


def _ifupdown(state: Path, names: Iterable[str]) -> set[str]:
    try:
        lines = state.read_text(errors="replace").splitlines()
    except OSError:
        return set()
    return {line.partition("=")[0] for line in lines} & set(names) - {"lo"}


def _networkd_keeps_foreign(root: Path) -> bool:
    """Whether networkd was told to leave alone what it did not set; it asks the files in this order, the last wins."""
    files = [root / place / "systemd/networkd.conf" for place in ("usr/lib", "etc")]
    snippets = [one for place in ("usr/lib", "run", "etc") for one in (root / place).glob("systemd/networkd.conf.d/*")]
    said = dict.fromkeys(_KEEPS, "yes")
    for file in (*files, *sorted(snippets, key=lambda one: one.name)):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read(file)
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        if parser.has_section("Network"):
            said |= {key: parser["Network"][key] for key in _KEEPS if key in parser["Network"]}
    return all(one.lower() in {"no", "false", "off", "0"} for one in said.values())
