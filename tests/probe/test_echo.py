import struct
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.probe.echo import EchoReply, RouterError, parse, request

NONCE = b"12345678"


def packet(payload: bytes, *, source: str = "10.0.0.3", target: str = "192.168.1.1", options: bytes = b"") -> bytes:
    length = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | length, 0, 20 + len(options) + len(payload), 0, 0, 64, 1, 0)
    return head + IPv4Address(source).packed + IPv4Address(target).packed + options + payload


def reply(identifier: int = 7, sequence: int = 9) -> bytes:
    return struct.pack("!BBHHH", 0, 0, 0, identifier, sequence) + NONCE


def test_a_request_has_a_checksum_that_sums_to_nothing() -> None:
    words = struct.unpack("!8H", request(0xBEEF, 0xFFFF, NONCE))
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    assert (total + (total >> 16)) & 0xFFFF == 0xFFFF


@pytest.mark.parametrize("options", [b"", bytes(8), bytes(40)])
def test_a_reply_is_read_whatever_options_its_header_has(options: bytes) -> None:
    assert parse(packet(reply(), options=options), 7) == EchoReply("10.0.0.3", 9, NONCE)


def test_a_reply_under_another_identifier_says_nothing() -> None:
    assert parse(packet(reply(identifier=8)), 7) is None


@pytest.mark.parametrize(
    ("kind", "code", "text"),
    [
        (3, 0, "network unreachable"),
        (3, 1, "host unreachable"),
        (3, 13, "filtered"),
        (3, 99, "unreachable, code 99"),
        (11, 0, "too many hops"),
    ],
)
def test_an_error_is_read_with_the_request_it_quotes(kind: int, code: int, text: str) -> None:
    quoted = packet(request(7, 9, NONCE), source="192.168.1.1", target="10.0.0.3")
    error = packet(struct.pack("!BBHI", kind, code, 0, 0) + quoted, source="192.168.1.2")
    assert parse(error, 7) == RouterError("192.168.1.2", "10.0.0.3", 9, text)
    assert parse(error, 8) is None


def test_an_error_about_something_else_says_nothing() -> None:
    quoted = packet(reply(), source="192.168.1.1", target="10.0.0.3")
    assert parse(packet(struct.pack("!BBHI", 3, 1, 0, 0) + quoted), 7) is None


@given(st.binary(max_size=120))
def test_no_packet_whatever_is_too_much(noise: bytes) -> None:
    parse(noise, 7)
    parse(packet(noise), 7)
    parse(packet(struct.pack("!BBHI", 3, 1, 0, 0) + noise), 7)
