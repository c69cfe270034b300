"""Three-way merge of two edits of the same form, field by field, with clashes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.web.forms.checks import first_words, typed_rows

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
