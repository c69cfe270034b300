"""Shell completion. It never fails: on an error it offers nothing."""

import contextlib

from app.errors import MultihomeError
from app.model.choices import Protocol
from app.paths import state_directory


def interface_names(incomplete: str) -> list[str]:
    """Names of this machine's interfaces."""
    from app.cli.facts import machine_facts  # noqa: PLC0415 - only the shell's own call needs the kernel

    with contextlib.suppress(MultihomeError):
        return [link.name for link in machine_facts().links if not link.loopback and link.name.startswith(incomplete)]
    return []


def gateway_numbers(incomplete: str) -> list[tuple[str, str]]:
    """Numbers of the configured gateways, each with its name."""
    from app.store.reader import read_head  # noqa: PLC0415

    with contextlib.suppress(MultihomeError):
        gateways = read_head(state_directory().config_db).config.gateways
        return [(str(one.number), one.name) for one in gateways if str(one.number).startswith(incomplete)]
    return []


def rule_numbers(incomplete: str) -> list[tuple[str, str]]:
    """Numbers of the traffic rules, each with its name."""
    from app.store.reader import read_head  # noqa: PLC0415

    with contextlib.suppress(MultihomeError):
        rules = read_head(state_directory().config_db).config.rules
        return [(str(one.number), one.name) for one in rules if str(one.number).startswith(incomplete)]
    return []


def protocol_names(incomplete: str) -> list[str]:
    """What a rule can tell apart above IP."""
    return [one.value for one in Protocol if one.value.startswith(incomplete)]
