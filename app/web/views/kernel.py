"""Kernel state: desired and observed, line by line, in `ip` and `nft` syntax."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.service.worker_client import KernelView


@dataclass(frozen=True, slots=True)
class KernelLine:
    """One line. `mark`: `same`, `missing` (wanted and not there) or `strange` (there and not wanted).

    `depth`: how many braces it stands in.
    """

    text: str
    mark: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class KernelPage:
    """The lines in groups, and what is pending or was repaired."""

    groups: tuple[tuple[str, tuple[KernelLine, ...]], ...]
    in_sync: bool
    pending: tuple[str, ...]
    drift: tuple[str, ...]


def kernel_page(view: KernelView) -> KernelPage:
    """The kernel page from the worker's desired and observed state."""
    lines = tuple(_compared(view))
    groups: dict[str, list[KernelLine]] = {}
    nested = ""
    for line in lines:
        kind = nested or _kind(line.text)
        groups.setdefault(kind, []).append(line)
        nested = _still_nested(nested, line.text)
    found = tuple((kind, tuple(_indented(group))) for kind, group in groups.items())
    return KernelPage(found, all(line.mark == "same" for line in lines), view.pending, view.drift)


def _indented(lines: list[KernelLine]) -> Iterator[KernelLine]:
    """The lines with their depth; unexpected lines come last, outside of the braces."""
    depth = 0
    for line in lines:
        if line.mark == "strange":
            yield line
            continue
        opens, closes = line.text.count("{"), line.text.count("}")
        depth += min(0, opens - closes)
        yield replace(line, depth=max(0, depth))
        depth += max(0, opens - closes)


def _compared(view: KernelView) -> Iterator[KernelLine]:
    """The desired lines, marked if missing, then the unexpected ones."""
    there = Counter(view.observed)
    for text in view.desired:
        if there[text] > 0:
            there[text] -= 1
            yield KernelLine(text, "same")
        else:
            yield KernelLine(text, "missing")
    for text in view.observed:
        if there[text] > 0:
            there[text] -= 1
            yield KernelLine(text, "strange")


def _kind(text: str) -> str:
    if text.startswith("priority "):
        return "Rules (ip rule)"
    if " table " in f" {text}" and "proto static" in text:
        return "Routes (ip route show table all)"
    if text.startswith("net/") and "=" in text:
        return "Settings (sysctl)"
    if text.startswith("table inet"):
        return _NFT
    if " dev " in text:
        return "Addresses (ip address)"
    return _NFT


_NFT = "Packet filter (nft list table inet multihome)"


def _still_nested(nested: str, text: str) -> str:
    """The nftables table goes on for many lines, until one that only closes it."""
    if nested:
        return "" if text == "}" else nested
    return _NFT if text.startswith("table inet") and text.rstrip().endswith("{") else ""
