"""What holds for the whole router: failover, balancing, the panel."""

from dataclasses import replace
from typing import Any, TypedDict

from app.model.config import Config, Failover, Panel, Settings
from app.service.fields import made, remade


class FailoverFields(TypedDict, total=False):
    """Some fields of the failover settings, as typed or sent. `timing` may name some of its fields only."""

    enabled: Any
    checks: Any
    timing: dict[str, Any]
    all_down: Any
    clients: Any


class PanelFields(TypedDict, total=False):
    """Some fields of the panel's settings, as typed or sent."""

    port: Any
    reachable_from_outside: Any
    confirm_window_s: Any


def change_failover(config: Config, fields: FailoverFields) -> Config:
    """Change some of the failover settings; the others stay."""
    failover = config.settings.failover
    here = "settings.failover"
    values: dict[str, Any] = dict(fields)
    if "timing" in values:
        values["timing"] = remade(failover.timing, values["timing"], f"{here}.timing")
    return _with_settings(config, failover=remade(failover, values, here))


def set_balancing(config: Config, mode: str) -> Config:
    """Choose what a new connection's gateway is chosen by."""
    return replace(config, settings=remade(config.settings, {"balancing": mode}, "settings"))


def change_panel(config: Config, fields: PanelFields) -> Config:
    """Change where the panel listens, or whether it answers on the ISPs' side."""
    return _with_settings(config, panel=remade(config.settings.panel, fields, "settings.panel"))


def _with_settings(config: Config, **parts: Failover | Panel) -> Config:
    settings: Settings = made(Settings, {**_parts(config.settings), **parts}, "settings")
    return replace(config, settings=settings)


def _parts(settings: Settings) -> dict[str, Any]:
    return {"failover": settings.failover, "balancing": settings.balancing, "panel": settings.panel}
