"""Doubts about what a form asks for: allowed, and yet it cannot work or proves less than it seems to. Pure."""

from app.errors import FieldError, InvalidConfig
from app.model.config import Config
from app.model.facts import Facts
from app.service import doubts as service
from app.service.configuration import Edit


def doubts(config: Config, edit: Edit, facts: Facts, about: str) -> tuple[FieldError, ...]:
    """Every doubt about what the form asks for, at the path `about` and below; none where that cannot be at all."""
    try:
        found = service.doubts(edit(config), facts)
    except InvalidConfig:
        return ()
    return tuple(one for one in found if one.field == about or one.field.startswith(f"{about}."))
