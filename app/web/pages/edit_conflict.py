"""When somebody else saved first: both versions, side by side, and nothing that was typed is lost."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import InvalidConfig
from app.model.config import Config
from app.service.compare import FieldChange, field_changes
from app.service.configuration import Edit
from app.service.revisions import MOST, revisions
from app.store.reader import Revision
from app.web.forms.fields import Form
from app.web.forms.merging import CHECKS
from app.web.pages.answers import Inside

# The field's label, and what the other person saved.
Clashes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EditConflict:
    """What somebody else saved, what the form would change now, and the fields that both changed."""

    number: int
    by: str
    theirs: tuple[FieldChange, ...]
    yours: tuple[FieldChange, ...]
    clashes: Clashes


@dataclass(frozen=True, slots=True)
class RemovedIsp:
    """An ISP that somebody else removed while its form was open."""

    name: str
    by: str
    revision: int


def started_from(inside: Inside, number: int, head: Revision) -> Config:
    """The configuration that a form was opened with; the newest one where that is not kept any more."""
    try:
        return inside.panel.configuration.revision(number).config if number else head.config
    except InvalidConfig:
        return head.config


def edit_conflict(inside: Inside, base: Config, head: Revision, edit: Edit, clashes: Clashes) -> EditConflict:
    """Both versions; `edit` is what the form asks for as it stands now."""
    try:
        yours = field_changes(head.config, edit(head.config))
    except InvalidConfig:
        yours = ()  # the form says what is wrong when it is saved
    saved = next(iter(revisions(inside.panel.home, limit=1)), None)
    return EditConflict(
        number=head.number,
        by="Somebody" if saved is None else saved.author,
        theirs=field_changes(base, head.config),
        yours=yours,
        clashes=clashes,
    )


def removed_isp(inside: Inside, base: int, number: int) -> RemovedIsp | None:
    """Who removed the ISP that a form, opened with revision `base`, is about; None where there was none then."""
    known = inside.panel.configuration
    try:
        gateway = known.revision(base).config.gateway(number)
    except InvalidConfig:
        return None
    if gateway is None:
        return None
    later = [one for one in reversed(revisions(inside.panel.home, limit=MOST)) if one.number > base]
    without = (one for one in later if known.revision(one.number).config.gateway(number) is None)
    return next((RemovedIsp(gateway.name, one.author, one.number) for one in without), None)


def clash_labels(clashes: Mapping[str, str], form: Form) -> Clashes:
    """The fields that both changed, by the names that the page has for them."""
    names = {name: form[name].label for name in clashes if name in form.fields} | {CHECKS: "Checks"}
    return tuple((names[name], text or "empty") for name, text in clashes.items() if name in names)
