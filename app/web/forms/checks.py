"""Checks in a form: rows of fields, one check each, and one row that waits to be filled in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from app.model.check import Check, HttpCheck, IcmpCheck, LinkCheck, TcpCheck, UdpCheck
from app.model.complaints import field_errors
from app.web.forms.fields import Choice, Field

MOST: Final = 8
_KINDS: Final = (
    Choice("", "No check"),
    Choice("icmp", "Ping (icmp)"),
    Choice("tcp", "TCP connection"),
    Choice("udp", "UDP answer (DNS)"),
    Choice("http", "Web page (http)"),
)
_TYPES: Final = tuple(Choice(one, one) for one in ("A", "AAAA", "NS", "SOA", "TXT"))
_METHODS: Final = (Choice("GET", "GET"), Choice("HEAD", "HEAD"))
_BLANK: Final[Mapping[str, str]] = {
    "kind": "", "targets": "", "quorum": "1", "port": "53", "query_name": "example.com", "query_type": "A",
    "payload": "", "expect": "", "url": "", "method": "GET", "status": "", "contains": "", "follow_redirects": "",
    "verify_tls": "on", "address": "",
}  # fmt: skip


def check_texts(checks: Sequence[Check]) -> dict[str, str]:
    """What the rows of these checks hold, by field name."""
    return {f"checks.{row}.{name}": text for row, check in enumerate(checks) for name, text in _texts(check).items()}


def _texts(check: Check) -> dict[str, str]:
    match check:
        case LinkCheck():
            return dict(_BLANK)
        case HttpCheck():
            return {**_BLANK, **_http_texts(check)}
        case IcmpCheck() | TcpCheck() | UdpCheck():
            texts = {**_BLANK, "kind": check.kind, "targets": " ".join(check.targets), "quorum": str(check.quorum)}
    if isinstance(check, TcpCheck):
        return {**texts, "port": str(check.port)}
    if isinstance(check, UdpCheck):
        return {
            **texts, "port": str(check.port), "query_name": check.query_name, "query_type": check.query_type,
            "payload": check.payload, "expect": check.expect,
        }  # fmt: skip
    return texts


def _http_texts(check: HttpCheck) -> dict[str, str]:
    return {
        "kind": "http",
        "url": check.url,
        "method": check.method,
        "status": "" if check.status is None else str(check.status),
        "contains": check.contains,
        "follow_redirects": _on(check.follow_redirects),
        "verify_tls": _on(check.verify_tls),
        "address": "" if check.address is None else str(check.address),
    }


def _on(value: bool) -> str:
    return "on" if value else ""


def typed_rows(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows that hold a check, in order, without gaps."""
    rows = [{name: texts.get(f"checks.{row}.{name}", "").strip() for name in _BLANK} for row in range(MOST + 2)]
    return [row for row in rows if row["kind"]]


def closed_up(texts: Mapping[str, str]) -> dict[str, str]:
    """The same texts with the rows numbered without gaps, so that errors find their row."""
    others = {name: text for name, text in texts.items() if not name.startswith("checks.")}
    rows = enumerate(typed_rows(texts))
    return {**others, **{f"checks.{number}.{name}": text for number, row in rows for name, text in row.items()}}


def check_values(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the model is to make checks of."""
    return [_values(row) for row in typed_rows(texts)]


def _values(row: Mapping[str, str]) -> dict[str, Any]:
    if row["kind"] == "http":
        optional = {name: row[name] for name in ("status", "address") if row[name]}
        boxes = {name: row[name] == "on" for name in ("follow_redirects", "verify_tls")}
        plain = {name: row[name] for name in ("kind", "url", "method", "contains")}
        return {**plain, **boxes, **optional}
    values: dict[str, Any] = {"kind": row["kind"], "targets": row["targets"].replace(",", " ").split()}
    values["quorum"] = row["quorum"]
    if row["kind"] in {"tcp", "udp"}:
        values["port"] = row["port"]
    if row["kind"] == "udp":
        values |= {name: row[name] for name in ("query_name", "query_type", "payload", "expect")}
    return values


_CHECK: Final[TypeAdapter[Check]] = TypeAdapter(Check)


def check_of_row(texts: Mapping[str, str], row: int) -> Check | None:
    """The check of one row as it was typed; None where none is chosen. Raises InvalidConfig."""
    typed = {name: texts.get(f"checks.{row}.{name}", "").strip() for name in _BLANK}
    if not typed["kind"]:
        return None
    try:
        return _CHECK.validate_python(_values(typed))
    except ValidationError as error:
        raise field_errors(error, f"checks.{row}") from error


def row_count(texts: Mapping[str, str], blank: int) -> int:
    """How many rows are shown: those that are filled in, and some that wait."""
    return min(MOST, len(typed_rows(texts)) + blank)


def check_fields(texts: Mapping[str, str], rows: int) -> Iterator[Field]:
    """The fields of all rows."""
    for row in range(rows):
        yield from _fields(f"checks.{row}", {name: texts.get(f"checks.{row}.{name}", _BLANK[name]) for name in _BLANK})


def _fields(here: str, texts: Mapping[str, str]) -> Iterator[Field]:
    yield Field(f"{here}.kind", "Kind", texts["kind"], choices=_KINDS)
    hint = "Addresses or names, separated by spaces. Addresses need no DNS to work."
    yield Field(f"{here}.targets", "Targets", texts["targets"], hint)
    yield Field(f"{here}.quorum", "Must answer", texts["quorum"], unit="of them", inputmode="numeric")
    yield Field(f"{here}.port", "Port", texts["port"], inputmode="numeric")
    yield Field(f"{here}.query_name", "Name to ask for", texts["query_name"])
    yield Field(f"{here}.query_type", "Record", texts["query_type"], choices=_TYPES)
    yield Field(f"{here}.payload", "Or send these bytes", texts["payload"], "Hexadecimal, instead of a DNS query.")
    yield Field(f"{here}.expect", "and expect these", texts["expect"], "Hexadecimal; empty: any answer will do.")
    yield Field(f"{here}.url", "URL", texts["url"], kind="url", placeholder="http://example.com/generate_204")
    yield Field(f"{here}.method", "Method", texts["method"], choices=_METHODS)
    yield Field(f"{here}.status", "Expected status", texts["status"], "Empty: any of 200 to 299.", inputmode="numeric")
    yield Field(f"{here}.contains", "Text in the answer", texts["contains"], "Empty: any text.")
    yield Field(f"{here}.address", "Ask this server", texts["address"], "Empty: the one that the name resolves to.")
    yield Field(f"{here}.follow_redirects", "A redirect is an answer too", texts["follow_redirects"])
    yield Field(f"{here}.verify_tls", "The certificate must be good", texts["verify_tls"])
