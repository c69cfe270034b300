"""What holds for the whole router: failover, balancing, the panel, Guard."""

from dataclasses import replace

from app.errors import FieldError, InvalidConfig
from app.model.config import Config
from app.model.guard import GuardMode, Opening, openings_text
from app.service.fields import Fields, remade


def change_failover(config: Config, fields: Fields) -> Config:
    """Change some of the failover settings; the others stay."""
    return change_settings(config, {"failover": fields})


def set_balancing(config: Config, mode: str) -> Config:
    """Choose what a new connection's gateway is chosen by."""
    return change_settings(config, {"balancing": mode})


def change_panel(config: Config, fields: Fields) -> Config:
    """Change where the panel listens, or whether it answers on the ISPs' side."""
    return change_settings(config, {"panel": fields})


def change_guard(config: Config, fields: Fields) -> Config:
    """Change whether Guard is on, or what it accepts."""
    return change_settings(config, {"guard": fields})


def guarded_from_the_start(before: Config, after: Config) -> Config:
    """`after`, with Guard on where it is the first to have an ISP and nobody has decided."""
    is_new = not before.gateways and bool(after.gateways)
    undecided = after.settings.guard.mode is GuardMode.UNDECIDED
    return change_guard(after, {"mode": GuardMode.ON}) if is_new and undecided else after


def allow(config: Config, entry: str) -> Config:
    """Add an entry to what Guard lets in to this router."""
    return change_guard(config, {"allowed": (*config.settings.guard.allowed, *_openings(entry))})


def disallow(config: Config, entry: str) -> Config:
    """Remove an entry from what Guard lets in. Raises InvalidConfig where it is not listed."""
    allowed, gone = config.settings.guard.allowed, _openings(entry)
    if not set(gone) <= set(allowed):
        message = f"{openings_text(gone)} is not listed (listed: {openings_text(allowed) or 'nothing'})"
        raise InvalidConfig(FieldError("settings.guard.allowed", message))
    return change_guard(config, {"allowed": tuple(one for one in allowed if one not in gone)})


def _openings(entry: str) -> tuple[Opening, ...]:
    return change_guard(Config(), {"allowed": entry}).settings.guard.allowed


def change_settings(config: Config, fields: Fields) -> Config:
    """Change some settings of the whole router; the others stay."""
    return replace(config, settings=remade(config.settings, fields, "settings"))
