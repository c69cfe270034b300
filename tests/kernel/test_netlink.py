"""Netlink as bytes, and what becomes of a way to the kernel that breaks."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import KernelRejected, KernelUnavailable
from app.kernel.linux import LinuxKernel
from app.kernel.netlink import HEADER, Channel, Refused, attribute, attributes, messages, text
from app.kernel.rtm import Rtm
from app.plan.objects.route import EVERYWHERE, Nexthop, Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.state import Put, Scope
from tests.kernel.namespace import Namespace
from tests.pace import ATTEMPTS

# With a message of 100 bytes or so for each, many times what the socket can hold.
FOREIGN_ROUTES = 10_000


@given(st.dictionaries(st.integers(0, 0x3FFF), st.binary(max_size=70)))
def test_attributes_come_back_as_they_were_written(given_ones: dict[int, bytes]) -> None:
    body = b"head" + b"".join(attribute(kind, value) for kind, value in given_ones.items())
    assert attributes(body, 4) == given_ones


@given(st.binary(max_size=200))
def test_nothing_that_arrives_can_confuse_the_reader(noise: bytes) -> None:
    list(messages(noise))
    attributes(noise)


def test_messages_are_cut_where_they_end() -> None:
    bodies = (b"", b"abc", b"defg")
    several = b"".join(
        HEADER.pack(HEADER.size + len(body), 7, 0, 3, 9) + body + bytes(-len(body) % 4) for body in bodies
    )
    assert [one.body for one in messages(several)] == list(bodies)
    assert {(one.kind, one.sequence, one.port) for one in messages(several)} == {(7, 3, 9)}


def test_text_ends_at_its_zero() -> None:
    assert text(b"eth1\0") == "eth1"


def test_a_question_that_makes_no_sense_is_refused_with_the_kernels_reason(namespace: Namespace) -> None:
    def ask() -> None:
        channel = Channel(socket.NETLINK_ROUTE)
        with pytest.raises(Refused, match=r"netlink: .*header"):
            channel.dump(Rtm.GETROUTE, bytes([socket.AF_INET]))
        channel.close()

    namespace.call(ask)


def test_a_broken_socket_is_unavailable_once_and_then_replaced(namespace: Namespace) -> None:
    def ask() -> None:
        channel = Channel(socket.NETLINK_ROUTE)
        channel.dump(Rtm.GETLINK, bytes(16))
        os.close(channel._socket.detach())  # type: ignore[union-attr]
        with pytest.raises(KernelUnavailable, match="retrying on a new socket"):
            channel.dump(Rtm.GETLINK, bytes(16))
        assert len(channel.dump(Rtm.GETLINK, bytes(16))) == 1
        channel.close()

    namespace.call(ask)


def test_questions_are_numbered_from_the_beginning_again_when_their_numbers_are_used_up(namespace: Namespace) -> None:
    def ask() -> None:
        channel = Channel(socket.NETLINK_ROUTE)
        channel._sequence = 2**32 - 2
        for _ in range(3):
            assert len(channel.dump(Rtm.GETLINK, bytes(16))) == 1
        channel.close()

    namespace.call(ask)


def run(namespace: Namespace, scenario: Callable[[LinuxKernel], Awaitable[None]]) -> None:
    async def inside() -> None:
        kernel = LinuxKernel()
        try:
            await asyncio.wait_for(scenario(kernel), timeout=60)
        finally:
            await kernel.close()

    namespace.run(inside)


def test_a_rejection_names_the_object_and_the_kernels_reason(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        route = Route(243, EVERYWHERE, (Nexthop("lo", None), Nexthop("lo", None, onlink=True)))
        with pytest.raises(KernelRejected) as rejected:
            await kernel.apply(Put(route))
        what, _, reason = str(rejected.value).partition(": ")
        assert what.startswith("ip route replace default table 243")
        assert reason not in {"", "Invalid argument"}

    run(namespace, scenario)


def test_changes_go_on_after_their_socket_broke(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(Rule(240, 254)))
        os.close(kernel._requests._socket.socket.detach())
        with pytest.raises(KernelUnavailable):
            await kernel.apply(Put(Rule(243, 243)))
        await kernel.apply(Put(Rule(243, 243)))
        assert (await kernel.observe(Scope())).of(Rule) == {Rule(240, 254), Rule(243, 243)}

    run(namespace, scenario)


def test_what_others_change_does_not_reach_the_socket_of_our_changes(namespace: Namespace) -> None:
    """There it would wait unread, and an overrun would take the answer to our next change along."""
    namespace.ip("link add eth1 type veth peer name far", "link set eth1 up", "link set far up")
    routes = [f"10.{n >> 8}.{n & 255}.0/24 dev eth1" for n in range(FOREIGN_ROUTES)]

    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(Rule(240, 254)))
        _, groups = kernel._requests._socket.socket.getsockname()
        assert groups == 0
        # One may be held up: whoever takes another namespace down has the kernel's one lock for so long.
        for number in range(ATTEMPTS):
            namespace.ip(*(f"route {verb} {one}" for verb in ("add", "del") for one in routes))
            started_s = time.monotonic()
            await kernel.apply(Put(Rule(243 + number, 243)))
            if (took_s := time.monotonic() - started_s) < 0.5:
                break
        assert took_s < 0.5

    run(namespace, scenario)


class Silent:
    """A socket on which no answer ever comes."""

    async def rule(self, _verb: str, **_fields: object) -> None:
        await asyncio.Event().wait()

    def close(self) -> None:
        pass


def test_a_change_without_an_answer_is_tried_again_on_a_fresh_socket(
    namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kernel.requests.ANSWER_TIMEOUT_S", 0.01)

    async def scenario(kernel: LinuxKernel) -> None:
        kernel._requests._socket = Silent()
        with pytest.raises(
            KernelUnavailable, match=r"^ip rule add .*: no reply within 0.01 s; retrying on a new socket"
        ):
            await kernel.apply(Put(Rule(243, 243)))
        monkeypatch.undo()
        await kernel.apply(Put(Rule(243, 243)))
        assert (await kernel.observe(Scope())).of(Rule) == {Rule(243, 243)}

    run(namespace, scenario)


@pytest.mark.parametrize("path", ["kernel/hostname", "net/../kernel/hostname", "net//ipv4", "/net/ipv4/ip_forward"])
def test_only_settings_of_the_network_are_written(namespace: Namespace, path: str) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        with pytest.raises(KernelRejected, match="not a network setting"):
            await kernel.apply(Put(Sysctl(path, "x")))

    run(namespace, scenario)
