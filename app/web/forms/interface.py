"""The form of an interface."""

from collections.abc import Mapping
from typing import Final

from app.errors import FieldError, InvalidConfig
from app.model.config import LONGEST_WINDOW_S, SHORTEST_WINDOW_S, Interface
from app.service.contact import WINDOW_AFTER_MOVE_S
from app.service.fields import Fields
from app.web.forms import derived
from app.web.forms.fields import Field, Form, form, whole_number

_SETTINGS: Final = derived.shown(Interface)


# A path is `interfaces.NAME.SETTING`, and a name may have dots in it.
_ABOUT: Final = rf"interfaces\..+?\.(?={'|'.join(one.path for one in _SETTINGS)}|window_s)"


def interface_texts(interface: Interface, offered: str) -> dict[str, str]:
    """The values of the fields.

    `offered`: the addresses that another program set, as a proposal for a managed interface. The form carries them so
    that an edit is compared with what the user saw; the addresses may have changed since.
    """
    texts = derived.texts(_SETTINGS, interface)
    return {**texts, "addresses": texts["addresses"] if interface.managed else offered, "offered": offered}


def interface_values(texts: Mapping[str, str]) -> Fields:
    """The submitted values."""
    fields = derived.typed(_SETTINGS, texts)
    return fields if fields["managed"] else {**fields, "addresses": ()}


def window_field(text: str) -> Field:
    """The confirm window of a change to the interface that the browser uses."""
    hint = f"Time to reach the panel again and confirm the change, {SHORTEST_WINDOW_S} to {LONGEST_WINDOW_S}."
    return Field("window_s", "Roll back after", text, hint, unit="s", inputmode="numeric")


def window_of(texts: Mapping[str, str]) -> int | None:
    """The confirm window that was typed, or None without that field. Raises InvalidConfig."""
    if "window_s" not in texts:
        return None
    found = whole_number(texts["window_s"].strip(), digits=6)
    if found is not None and SHORTEST_WINDOW_S <= found <= LONGEST_WINDOW_S:
        return found
    message = f"a whole number from {SHORTEST_WINDOW_S} to {LONGEST_WINDOW_S}"
    raise InvalidConfig(FieldError("interfaces.this.window_s", message))


def interface_form(texts: Mapping[str, str], *, revision: int, usual_s: int) -> Form:
    """The form with these texts."""
    fields = (
        *derived.fields(_SETTINGS, texts),
        Field("offered", "Addresses it has", texts.get("offered", "")),
        window_field(texts.get("window_s") or str(max(WINDOW_AFTER_MOVE_S, usual_s))),
    )
    return form(fields, about=_ABOUT, revision=revision)
