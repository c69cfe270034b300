"""Two people editing the same thing: what both did, put together field by field, and where they disagree. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.web.forms.checks import first_words, typed_rows

CHECKS: Final = "checks"


@dataclass(frozen=True, slots=True)
class Merged:
    """What the form holds then. `clashes`: fields that both changed; the form holds mine, this what the other saved."""

    texts: Mapping[str, str]
    clashes: Mapping[str, str]


def merged(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> Merged:
    """What became of `base` in two hands: what only they changed is theirs, everything else stays as I typed it."""
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
