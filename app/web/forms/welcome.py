"""The forms of the first setup: what each network port is connected to, then the first health checks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.errors import FieldError, InvalidConfig
from app.model.check import IcmpCheck
from app.model.choices import Role
from app.model.config import Config
from app.model.facts import Facts, Link
from app.service.detected import Detected, detected
from app.service.edits.gateways import add_gateway
from app.service.edits.interfaces import edit_address, set_interface
from app.service.edits.settings import change_failover
from app.web.forms.checks import check_fields, check_texts, check_values, closed_up, row_count
from app.web.forms.fields import Choice, Field, Form, form
from app.web.forms.guard import guard_fields, guard_texts, with_guard
from app.web.views.interfaces import InterfaceRow, interface_rows

_ROLES: Final = (Choice(Role.LAN, "LAN"), Choice(Role.WAN, "ISP"), Choice(Role.UNUSED, "Not used"))

# Addresses and no names, so that no DNS has to work; two operators, each at many places of the Internet (anycast), so
# that neither a fault of one nor of any single site takes a working ISP for a dead one.
SUGGESTED: Final = IcmpCheck(targets=("1.1.1.1", "8.8.8.8"))


@dataclass(frozen=True, slots=True)
class WelcomeForm:
    """The form and its interfaces."""

    form: Form
    rows: tuple[InterfaceRow, ...]


def guesses(config: Config, facts: Facts) -> dict[str, str]:
    """The initial texts of the fields: an interface with a default route is connected to an ISP.

    Its gateway's address stays empty, so that Multihome follows later changes by the DHCP or PPP client.
    """
    texts = guard_texts(config)
    for one in detected(config, facts):
        known = config.interface(one.name)
        role = Role.WAN if one.follows else Role.UNUSED
        texts[f"role.{one.name}"] = (role if known is None else known.role).value
        texts[f"own.{one.name}"] = ""
        texts[f"name.{one.name}"] = ""
        texts[f"address.{one.name}"] = ""
    return texts


def welcome_form(texts: Mapping[str, str], config: Config, facts: Facts, revision: int) -> WelcomeForm:
    """The form with these texts."""
    rows = tuple(row for row in interface_rows(config, facts) if row.present)
    given = {one.name: one for one in detected(config, facts)}
    fields = [field for row in rows for field in _fields(row, texts, given.get(row.name))]
    return WelcomeForm(form((*fields, *guard_fields(texts)), revision=revision), rows)


def set_up(config: Config, facts: Facts, texts: Mapping[str, str]) -> Config:
    """The submitted configuration. Raises InvalidConfig with each error at its interface."""
    roles = {link.name: texts.get(f"role.{link.name}", Role.UNUSED) for link in _links(facts)}
    if Role.WAN not in roles.values():
        raise InvalidConfig(FieldError("", "Choose at least one interface for an ISP."))
    for name, role in roles.items():
        config = set_interface(config, name, {"role": role})
        own = texts.get(f"own.{name}", "").strip()
        if own and role != Role.UNUSED:
            config = edit_address(config, facts, name, own)
        if role == Role.WAN and all(one.interface != name for one in config.gateways):
            config = _with_gateway(config, facts, name, texts)
    return with_guard(config, texts)


def _with_gateway(config: Config, facts: Facts, name: str, texts: Mapping[str, str]) -> Config:
    fields: dict[str, Any] = {"interface": name, "address": texts.get(f"address.{name}", "").strip() or None}
    if texts.get(f"name.{name}", "").strip():
        fields["name"] = texts[f"name.{name}"].strip()
    try:
        return add_gateway(config, facts, fields)
    except InvalidConfig as error:
        raise InvalidConfig(*(FieldError(_beside(one.field, name), one.message) for one in error.errors)) from error


def _beside(path: str, interface: str) -> str:
    last = path.rpartition(".")[2]
    return f"{last if last in {'name', 'address'} else 'role'}.{interface}"


def placed(error: InvalidConfig, config: Config) -> InvalidConfig:
    """The error with the paths of gateways mapped to those of the form, by interface."""
    return InvalidConfig(*(FieldError(_place(one.field, config), one.message) for one in error.errors))


def _place(path: str, config: Config) -> str:
    parts = path.removeprefix("settings.").split(".")
    if parts[0] == "guard":
        return ".".join(parts)
    if parts[0] == "gateways" and len(parts) in {3, 4} and parts[1].isdecimal():
        gateway = config.gateway(int(parts[1]))
        return path if gateway is None else _beside(path, gateway.interface)
    if parts[0] == "interfaces" and len(parts) > 1:
        return f"{'own' if parts[-1] == 'addresses' else 'role'}.{'.'.join(parts[1:-1])}"
    return path


def _links(facts: Facts) -> Iterator[Link]:
    return (link for link in facts.links if not link.loopback)


def _fields(row: InterfaceRow, texts: Mapping[str, str], given: Detected | None) -> Iterator[Field]:
    name = row.name
    yield Field(f"role.{name}", "Connected to", texts.get(f"role.{name}", Role.UNUSED), choices=_ROLES)
    own = texts.get(f"own.{name}", "")
    if own or not row.addresses:
        hint = "With prefix length. Empty: set by another program, such as a DHCP or PPP client."
        yield Field(f"own.{name}", "Address of this router", own, hint, placeholder="192.168.1.1/24")
    yield Field(f"name.{name}", "ISP name", texts.get(f"name.{name}", ""), placeholder="Orange")
    hint = "Empty: from the interface's DHCP or PPP client."
    if given is not None and given.follows:
        hint = f"Empty: from DHCP or PPP, currently {given.text.removeprefix(f'{name} · ')}."
    address = texts.get(f"address.{name}", "")
    yield Field(f"address.{name}", "Next hop", address, hint, placeholder="192.168.1.2", inputmode="decimal")


def first_check_texts(config: Config) -> dict[str, str]:
    """The initial texts of the fields: the checks for all ISPs, or the suggested one."""
    return check_texts(config.settings.failover.checks or (SUGGESTED,))


def with_checks(config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration with these checks for all ISPs. Raises InvalidConfig."""
    return change_failover(config, {"checks": check_values(texts)})


def first_check_form(texts: Mapping[str, str], *, revision: int, blank: int = 0) -> Form:
    """The form with these texts in it; one row at least."""
    texts = closed_up(texts)
    rows = max(1, row_count(texts, blank))
    return form(check_fields(texts, rows), about=r"settings\.failover\.", revision=revision, checks=rows)
