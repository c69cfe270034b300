"""What holds for the whole router: failover, balancing, the panel."""

from dataclasses import replace

from app.model.config import Config
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


def change_settings(config: Config, fields: Fields) -> Config:
    """Change some settings of the whole router; the others stay."""
    return replace(config, settings=remade(config.settings, fields, "settings"))
