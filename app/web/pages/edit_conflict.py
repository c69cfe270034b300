"""Edit conflicts: another user saved first. Both versions are shown, and the form keeps what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.errors import InvalidConfig
from app.model.config import Config
from app.service.compare import FieldChange, field_changes
from app.service.configuration import Edit
from app.service.revisions import MOST, revisions
from app.store.reader import Revision
from app.web.forms.checks import first_words, typed_rows
from app.web.forms.fields import Form
from app.web.pages.responses import PageContext

CHECKS: Final = "checks"


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged texts. `clashes`: fields that both changed; the form keeps mine, this holds the saved one."""

    texts: Mapping[str, str]
    clashes: Mapping[str, str]


def merged(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> Merged:
    """Merge of two edits of `base`: fields that only they changed are theirs, all others are mine."""
    texts, clashes = dict(mine), {}
    for name in {**base, **theirs}:
        if name.startswith(f"{CHECKS}."):
            continue
        before, own, other = (one.get(name, "").strip() for one in (base, mine, theirs))
        if own == before != other:
            texts[name] = other
        elif before != other != own:
            clashes[name] = other
    before_rows, own_rows, other_rows = typed_rows(base), typed_rows(mine), typed_rows(theirs)
    if own_rows == before_rows != other_rows:
        texts = {name: text for name, text in texts.items() if not name.startswith(f"{CHECKS}.")}
        texts |= {name: text for name, text in theirs.items() if name.startswith(f"{CHECKS}.")}
    elif before_rows != other_rows != own_rows:
        clashes[CHECKS] = "; ".join(map(first_words, other_rows))
    return Merged(texts, clashes)


# The field's label, and the other user's value.
Clashes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EditConflict:
    """The other user's changes, the changes that the form would still make, and the fields that both changed."""

    number: int
    by: str
    theirs: tuple[FieldChange, ...]
    yours: tuple[FieldChange, ...]
    clashes: Clashes


@dataclass(frozen=True, slots=True)
class RemovedIsp:
    """An ISP that another user removed while its form was open."""

    name: str
    by: str
    revision: int


def started_from(context: PageContext, number: int, head: Revision) -> Config:
    """The configuration that a form was opened with, or the newest one if that revision is gone."""
    try:
        return context.panel.configuration.revision(number).config if number else head.config
    except InvalidConfig:
        return head.config


def edit_conflict(context: PageContext, base: Config, head: Revision, edit: Edit, clashes: Clashes) -> EditConflict:
    """The conflict between `base` and `head`; `edit` is what the form would change now."""
    try:
        yours = field_changes(head.config, edit(head.config))
    except InvalidConfig:
        yours = ()  # the form says what is wrong when it is saved
    saved = next(iter(revisions(context.panel.home, limit=1)), None)
    return EditConflict(
        number=head.number,
        by="Somebody" if saved is None else saved.author,
        theirs=field_changes(base, head.config),
        yours=yours,
        clashes=clashes,
    )


def removed_isp(context: PageContext, base: int, number: int) -> RemovedIsp | None:
    """The removal of ISP `number` after revision `base`, or None if that revision has no such ISP."""
    known = context.panel.configuration
    try:
        gateway = known.revision(base).config.gateway(number)
    except InvalidConfig:
        return None
    if gateway is None:
        return None
    later = [one for one in reversed(revisions(context.panel.home, limit=MOST)) if one.number > base]
    without = (one for one in later if known.revision(one.number).config.gateway(number) is None)
    return next((RemovedIsp(gateway.name, one.author, one.number) for one in without), None)


def clash_labels(clashes: Mapping[str, str], form: Form) -> Clashes:
    """The fields that both changed, by their labels."""
    names = {name: form[name].label for name in clashes if name in form.fields} | {CHECKS: "Checks"}
    return tuple((names[name], text or "empty") for name, text in clashes.items() if name in names)
