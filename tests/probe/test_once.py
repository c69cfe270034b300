import dns.rcode
import pytest

from app.model.check import Check, HttpCheck, IcmpCheck, LinkCheck, TcpCheck, UdpCheck
from app.probe.once import TargetAnswer, probe_once
from tests.probe.network import FIRST, TARGET, Network
from tests.probe.servers import dns_reply, page, udp_server, web_server

pytestmark = pytest.mark.anyio


async def once(check: Check, timeout_s: float = 1.0) -> TargetAnswer:
    (answer,) = await probe_once(check, FIRST, timeout_s)
    return answer


async def test_each_kind_says_how_long_its_answer_took(network: Network) -> None:
    record = dns_reply("example.com. 60 IN A 192.0.2.1")
    async with udp_server(network, 53, record), web_server(network, lambda _: page("204 No Content")):
        for check in (
            IcmpCheck(targets=(TARGET,)),
            TcpCheck(targets=(TARGET,), port=80),
            UdpCheck(targets=(TARGET,)),
            HttpCheck(url=f"http://{TARGET}/generate_204"),
        ):
            answer = await once(check)
            assert answer.ok, answer
            assert answer.rtt_ms is not None
            assert 0 < answer.rtt_ms < 500
            assert answer.text == f"reply in {answer.rtt_ms:.1f} ms"


async def test_each_kind_says_what_is_wrong(network: Network) -> None:
    refused = dns_reply(rcode=dns.rcode.REFUSED)
    async with udp_server(network, 53, refused), web_server(network, lambda _: page("302 Found", Location="/login")):
        for check, text in (
            (TcpCheck(targets=(TARGET,), port=81), f"{TARGET} port 81 refuses connections"),
            (UdpCheck(targets=(TARGET,)), f"{TARGET} answers REFUSED for example.com"),
            (UdpCheck(targets=(TARGET,), port=54), f"{TARGET} port 54 is closed"),
            (HttpCheck(url=f"http://{TARGET}/", status=200), f"http://{TARGET}/ answers 302, 200 was expected"),
        ):
            assert await once(check) == TargetAnswer(TARGET if check.kind != "http" else check.url, ok=False, text=text)


async def test_silence_is_said_after_the_timeout(network: Network) -> None:
    network.deaf("isp1")
    assert (await once(IcmpCheck(targets=(TARGET,)), 0.1)).text == "no reply within 0.1 s"


async def test_every_target_has_its_own_answer(network: Network) -> None:
    network.deaf("isp1")
    check = IcmpCheck(targets=("192.168.1.1", TARGET))
    own, far = await probe_once(check, FIRST, 0.2)
    assert (own.host, far.host) == check.targets
    assert far.ok is False


async def test_a_device_that_is_absent_is_an_answer_too(network: Network) -> None:
    network.pull_out(1)
    for check in (IcmpCheck(targets=(TARGET,)), TcpCheck(targets=(TARGET,), port=80), UdpCheck(targets=(TARGET,))):
        answer = await once(check)
        assert answer.text == "cannot send through eth1 from 192.168.1.1: No such device"
    answer = await once(HttpCheck(url=f"http://{TARGET}/"))
    assert answer.text == "cannot send through eth1 from 192.168.1.1: No such device"


async def test_a_link_check_asks_nobody(network: Network) -> None:
    assert await probe_once(LinkCheck(), FIRST, 0.1) == ()
