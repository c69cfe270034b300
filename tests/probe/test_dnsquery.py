import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.probing import Answer, Refusal
from app.probe.dnsquery import DnsQuery
from tests.probe.servers import dns_reply

SERVER = "10.0.0.3"


def test_a_record_of_the_wanted_kind_is_an_answer() -> None:
    query = DnsQuery("example.com", "A")
    good = dns_reply("example.com. 60 IN CNAME www.test.", "www.test. 60 IN A 192.0.2.1")(query.wire)
    assert query.judge(SERVER, good, 0.02) == Answer(0.02)
    other = dns_reply("example.com. 60 IN TXT hello")(query.wire)
    assert query.judge(SERVER, other, 0.02) == Refusal("10.0.0.3 has no A record of example.com")
    assert query.judge(SERVER, dns_reply()(query.wire), 0.02) == Refusal("10.0.0.3 has no A record of example.com")


@pytest.mark.parametrize("rcode", [dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_servers_error_is_named(rcode: dns.rcode.Rcode) -> None:
    query = DnsQuery("example.com", "A")
    said = query.judge(SERVER, dns_reply(rcode=rcode)(query.wire), 0.02)
    assert said == Refusal(f"10.0.0.3 answers {rcode.name} for example.com")


def test_a_truncated_answer_shows_that_the_server_is_there() -> None:
    query = DnsQuery("example.com", "A")
    response = dns.message.from_wire(dns_reply()(query.wire))
    response.flags |= dns.flags.TC
    assert query.judge(SERVER, response.to_wire(), 0.02) == Answer(0.02)


def test_an_answer_to_another_question_is_none() -> None:
    query, other = DnsQuery("example.com", "A"), DnsQuery("example.org", "A")
    assert query.judge(SERVER, dns_reply("example.org. 60 IN A 192.0.2.1")(other.wire), 0.02) is None
    wrong_number = bytes([query.wire[0] ^ 1]) + dns_reply()(query.wire)[1:]
    assert query.judge(SERVER, wrong_number, 0.02) is None


@given(st.binary(max_size=100))
def test_noise_is_none(noise: bytes) -> None:
    query = DnsQuery("example.com", "A")
    assert query.judge(SERVER, noise, 0.02) is None
    query.judge(SERVER, query.wire[:2] + b"\x81\x80" + noise, 0.02)
    query.addresses(query.wire[:2] + b"\x81\x80" + noise)


def test_addresses_are_those_at_the_end_of_the_aliases_with_the_shortest_time_to_live() -> None:
    query = DnsQuery("www.test", "A")
    chain = dns_reply("www.test. 30 IN CNAME cdn.test.", "cdn.test. 300 IN A 192.0.2.1")(query.wire)
    assert query.addresses(chain) == (("192.0.2.1",), 30)


def test_no_address_differs_from_no_knowledge() -> None:
    query = DnsQuery("www.test", "A")
    found = query.addresses(dns_reply(rcode=dns.rcode.NXDOMAIN)(query.wire))
    assert isinstance(found, tuple)
    assert found[0] == ()
    assert query.addresses(dns_reply(rcode=dns.rcode.SERVFAIL)(query.wire)) == "SERVFAIL"
    assert query.addresses(b"nothing like it") is None
