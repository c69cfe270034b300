"""The form of an interface."""

from collections.abc import Mapping
from typing import Any, Final

from app.errors import FieldError, InvalidConfig
from app.model.config import LONGEST_WINDOW_S, SHORTEST_WINDOW_S, Interface, Role
from app.service.contact import WINDOW_AFTER_MOVE_S
from app.web.forms.fields import Choice, Field, Form, form
from app.web.forms.whole import whole

_ROLES: Final = (
    Choice(Role.LAN, "LAN", "Your own machines are behind it."),
    Choice(Role.WAN, "ISP", "It leads to a provider; the panel is not reachable from there."),
    Choice(Role.UNUSED, "Not used", "Multihome pays no attention to it."),
)
_MANAGED: Final = (
    Choice("", "Leave its addresses alone", "Something else sets them: a DHCP client, ifupdown, systemd-networkd."),
    Choice("on", "Set these addresses", "Multihome sets them and removes others."),
)


def interface_texts(interface: Interface, offered: str) -> dict[str, str]:
    """What the fields hold.

    `offered`: the addresses that an interface has by somebody else's doing, for the day that it becomes managed. The
    form carries them, because what was offered is what a person's change is one to: they may be others by then.
    """
    return {
        "role": interface.role.value,
        "managed": "on" if interface.managed else "",
        "addresses": " ".join(map(str, interface.addresses)) if interface.managed else offered,
        "offered": offered,
    }


def interface_values(texts: Mapping[str, str]) -> dict[str, Any]:
    """What the form asks for."""
    managed = texts.get("managed") == "on"
    addresses = texts.get("addresses", "").replace(",", " ").split() if managed else []
    return {"role": texts.get("role", ""), "managed": managed, "addresses": addresses}


def window_field(text: str) -> Field:
    """How long a change of the way that one came by waits to be kept."""
    hint = f"Time to find the panel again and keep the change, {SHORTEST_WINDOW_S} to {LONGEST_WINDOW_S}."
    return Field("window_s", "Goes back by itself after", text, hint, unit="s", inputmode="numeric")


def window_of(texts: Mapping[str, str]) -> int | None:
    """What was typed there; None where the form did not ask. Raises InvalidConfig."""
    if "window_s" not in texts:
        return None
    found = whole(texts["window_s"].strip(), digits=6)
    if found is not None and SHORTEST_WINDOW_S <= found <= LONGEST_WINDOW_S:
        return found
    message = f"a whole number from {SHORTEST_WINDOW_S} to {LONGEST_WINDOW_S}"
    raise InvalidConfig(FieldError("interfaces.this.window_s", message))


def interface_form(texts: Mapping[str, str], *, revision: int, usual_s: int) -> Form:
    """The form with these texts in it."""
    hint = "With prefix length, separated by spaces; the first one is the primary."
    fields = (
        Field("role", "Role", texts.get("role", ""), choices=_ROLES),
        Field("managed", "Addresses", texts.get("managed", ""), choices=_MANAGED),
        Field("addresses", "Addresses to set", texts.get("addresses", ""), hint, placeholder="192.168.1.1/24"),
        Field("offered", "Addresses it has", texts.get("offered", "")),
        window_field(texts.get("window_s") or str(max(WINDOW_AFTER_MOVE_S, usual_s))),
    )
    return form(fields, about=r"interfaces\..+?\.(?=role|managed|addresses|window_s)", revision=revision)
