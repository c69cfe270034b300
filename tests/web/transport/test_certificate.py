import json
import socket
import ssl
from pathlib import Path

import pytest

from app.web.__main__ import announce
from app.web.panel import Panel
from app.web.transport.certificate import own_certificate
from app.web.transport.sockets import CannotListen, addresses, host_names, inherited, listening


def test_a_certificate_names_what_it_is_for_and_is_kept(tmp_path: Path) -> None:
    first = own_certificate(tmp_path / "tls", ("localhost", "192.168.1.1", "fd00::1"))
    fingerprint = first.fingerprint()
    assert len(fingerprint) == 95
    assert own_certificate(tmp_path / "tls", ("192.168.1.1", "localhost", "fd00::1")).fingerprint() == fingerprint
    assert first.key.stat().st_mode & 0o777 == 0o600
    assert first.context().minimum_version == ssl.TLSVersion.TLSv1_2


def test_new_addresses_make_a_new_certificate_with_the_same_key(tmp_path: Path) -> None:
    first = own_certificate(tmp_path / "tls", ("localhost",))
    before, key, instance = first.fingerprint(), first.key.read_bytes(), first.instance()
    second = own_certificate(tmp_path / "tls", ("localhost", "10.0.0.1"))
    assert second.fingerprint() != before
    assert (second.key.read_bytes(), second.instance()) == (key, instance)


@pytest.mark.parametrize(
    "damage", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_damaged_certificate_is_made_again(tmp_path: Path, damage: str) -> None:
    first = own_certificate(tmp_path / "tls", ("localhost",))
    first.chain.write_text(damage)
    own_certificate(tmp_path / "tls", ("localhost",)).context()


@pytest.mark.parametrize(
    "damage", ["", "\0" * 241, "no key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_put_aside_and_the_panel_starts_with_a_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """As a power cut leaves it where its content never reached the disk."""
    first = own_certificate(tmp_path / "tls", ("localhost",))
    before = first.fingerprint()
    first.key.write_text(damage)
    second = own_certificate(tmp_path / "tls", ("localhost",))
    second.context()
    assert second.fingerprint() != before
    assert first.key.with_suffix(".bad").read_text() == damage
    assert "key.bad" in caplog.text


def test_a_certificate_that_runs_out_is_made_again(tmp_path: Path) -> None:
    first = own_certificate(tmp_path / "tls", ("localhost",))
    before = first.fingerprint()
    note = first.chain.with_suffix(".json")
    note.write_text(json.dumps({**json.loads(note.read_text()), "until": 0}))
    assert own_certificate(tmp_path / "tls", ("localhost",)).fingerprint() != before


def test_this_machine_knows_its_names_and_addresses() -> None:
    assert "localhost" in host_names()
    assert "127.0.0.1" in addresses()


def test_sockets_that_are_meant_for_another_process_are_left_alone() -> None:
    environment = {"LISTEN_PID": "1", "LISTEN_FDS": "2"}
    assert inherited(environment) == []
    assert environment == {}
    assert inherited({}) == []


def test_a_port_that_is_not_hidden_from_the_isps_is_said(panel: Panel, tmp_path: Path) -> None:
    said: list[str] = []
    own = own_certificate(tmp_path / "tls", ("localhost",))
    listeners = listening([("127.0.0.1", 0), ("0.0.0.0", 0)])
    announce(panel, own, listeners, said.append)
    port = listeners[1].getsockname()[1]
    for listener in listeners:
        listener.close()
    assert [line for line in said if line.startswith("warning")] == [
        f"warning: port {port} is not the configured one (443), and only that one is blocked on WAN ports"
    ]
    assert f"certificate (SHA-256): {own.fingerprint()}" in said


def test_an_address_that_is_taken_is_named() -> None:
    (first,) = listening([("127.0.0.1", 0)])
    with first, pytest.raises(CannotListen, match=r"cannot listen on 127\.0\.0\.1 port"):
        listening([("127.0.0.1", first.getsockname()[1])])


def test_a_listening_socket_lets_asyncio_send_without_delay() -> None:
    (listener,) = listening([("127.0.0.1", 0)])
    with listener:
        assert listener.proto == socket.IPPROTO_TCP
