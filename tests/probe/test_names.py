import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path as File

import dns.message
import dns.rcode
import pytest

from app.probe.datagrams import Questions
from app.probe.names import MOST_KNOWN, Names, Unresolved
from app.probe.nameservers import nameservers
from tests.probe.network import FIRST, TARGET, Network, until
from tests.probe.servers import dns_reply, udp_server

pytestmark = pytest.mark.anyio

FOUND = dns_reply("www.test. 60 IN A 192.0.2.1")


@pytest.fixture
def resolv_conf(tmp_path: File) -> File:
    return listing(tmp_path, TARGET)


def listing(folder: File, *servers: str) -> File:
    file = folder / "resolv.conf"
    file.write_text("".join(f"nameserver {server}\n" for server in servers))
    return file


@contextmanager
def resolving(file: File) -> Iterator[Names]:
    questions = Questions(FIRST)
    names = Names(FIRST, questions, (file,))
    try:
        yield names
    finally:
        names.close()
        questions.close()


async def test_a_name_is_asked_for_once_by_the_gateways_own_path(network: Network, resolv_conf: File) -> None:
    with network.capture("isp1") as first, network.capture("isp2") as second, resolving(resolv_conf) as names:
        async with udp_server(network, 53, FOUND) as asked:
            assert names.known("www.test") is None
            one, other = await asyncio.gather(names.find("www.test"), names.find("www.test"))
            assert one == other == "192.0.2.1"
            assert names.known("www.test") == "192.0.2.1"
            assert len(asked) == 1
        assert first.sources() == {"192.168.1.1"}
        assert second.packets() == []


async def test_an_address_that_is_too_old_is_used_on_while_it_is_renewed(
    network: Network, resolv_conf: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.probe.names._SHORTEST_S", 0.0)
    replies = iter((dns_reply("www.test. 0 IN A 192.0.2.1"), dns_reply("www.test. 60 IN A 192.0.2.2")))

    def renewed(query: bytes) -> bytes:
        return next(replies)(query)

    with resolving(resolv_conf) as names:
        async with udp_server(network, 53, renewed):
            assert await names.find("www.test") == "192.0.2.1"
            assert names.known("www.test") == "192.0.2.1"
            await until(lambda: names.known("www.test") == "192.0.2.2")


async def test_a_server_that_knows_nothing_is_followed_by_the_next(network: Network, tmp_path: File) -> None:
    with resolving(listing(tmp_path, "192.168.1.2", TARGET)) as names:
        async with udp_server(network, 53, FOUND):
            assert await names.find("www.test") == "192.0.2.1"


async def test_a_name_without_an_address_is_said_to_have_none(network: Network, resolv_conf: File) -> None:
    with resolving(resolv_conf) as names:
        async with udp_server(network, 53, dns_reply(rcode=dns.rcode.NXDOMAIN)):
            with pytest.raises(Unresolved, match=f"www.test has no address, says {TARGET}"):
                await names.find("www.test")


async def test_servers_that_do_not_answer_are_named(network: Network, resolv_conf: File) -> None:
    wanted = f"cannot resolve www.test through eth1: no reply from {TARGET}"
    with resolving(resolv_conf) as names:
        async with udp_server(network, 53, lambda _: None):
            with pytest.raises(Unresolved, match=wanted):
                await names.find("www.test")


@pytest.mark.parametrize("name", ["a." * 200 + "test", "a" * 64 + ".test", "a..test"])
async def test_what_cannot_be_a_name_is_not_asked_for(resolv_conf: File, name: str) -> None:
    with resolving(resolv_conf) as names, pytest.raises(Unresolved, match="cannot be a name: ") as said:
        await names.find(name)
    assert len(str(said.value)) < 200


async def test_names_without_end_are_not_all_remembered(network: Network, resolv_conf: File) -> None:
    def known(query: bytes) -> bytes:
        asked = dns.message.from_wire(query).question[0].name
        return dns_reply(f"{asked} 60 IN A 192.0.2.1")(query)

    with resolving(resolv_conf) as names:
        async with udp_server(network, 53, known):
            for number in range(MOST_KNOWN + 1):
                await names.find(f"www{number}.test")
        assert names.known("www0.test") is None
        assert names.known("www1.test") == "192.0.2.1"


@pytest.mark.parametrize("rcode", [dns.rcode.REFUSED, dns.rcode.SERVFAIL])
async def test_a_server_that_says_no_has_not_been_silent(
    network: Network, tmp_path: File, rcode: dns.rcode.Rcode
) -> None:
    wanted = f"through eth1: 192.168.1.2 port 53 is closed, {TARGET} answers {dns.rcode.to_text(rcode)}$"
    with resolving(listing(tmp_path, "192.168.1.2", TARGET)) as names:
        async with udp_server(network, 53, dns_reply(rcode=rcode)):
            with pytest.raises(Unresolved, match=wanted):
                await names.find("www.test")


async def test_a_stub_on_this_machine_cannot_be_asked(tmp_path: File) -> None:
    with (
        resolving(listing(tmp_path, "127.0.0.53")) as names,
        pytest.raises(Unresolved, match="lists no other machine"),
    ):
        await names.find("www.test")


def test_behind_a_stub_the_list_of_the_stub_counts(tmp_path: File) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("# a comment\nnameserver 127.0.0.53\nsearch lan\n")
    real.write_text("nameserver fe80::1%eth0\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions edns0\n")
    assert nameservers((stub, real)) == (IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"))
    assert nameservers((tmp_path / "absent", stub)) == ()
