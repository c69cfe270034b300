"""Confirm or return: what is decided, for every state of affairs."""

from ipaddress import IPv4Interface

from hypothesis import given
from hypothesis import strategies as st

from app.model.choices import Role
from app.model.config import EMPTY, Config, Interface
from app.model.countdown import OnTrial
from app.plan.countdown import Course, Head, Step, course, put_back, taken_over, why_over
from app.plan.objects.address import Address
from tests.plan import paper
from tests.plan.by_number import desired_state

BOOT = "this boot"
NUMBERS = st.integers(0, 12)
MOMENTS = st.floats(0, 2000, allow_nan=False)
WINDOWS = st.integers(15, 600)


@st.composite
def heads(draw: st.DrawFn) -> Head:
    confirmed = draw(NUMBERS)
    newer = draw(st.integers(0, 3))
    return Head(confirmed + newer, draw(WINDOWS) if newer else None, confirmed)


TRIALS = st.builds(
    OnTrial,
    revision=NUMBERS,
    boot_id=st.sampled_from([BOOT, "the boot before"]),
    window_s=WINDOWS,
    started_s=MOMENTS,
    in_force_s=st.none() | MOMENTS,
)


def trial(revision: int = 5, *, boot_id: str = BOOT, in_force_s: float | None = 100) -> OnTrial:
    return OnTrial(revision=revision, boot_id=boot_id, window_s=60, started_s=90, in_force_s=in_force_s)


WAITING = Head(5, 60, 4)


def test_what_is_confirmed_stays() -> None:
    assert course(Head(5, None, 5), None, None, BOOT, 0) == Course(5, Step.SETTLED)


def test_what_is_new_is_tried() -> None:
    assert course(WAITING, None, None, BOOT, 0) == Course(5, Step.BEGIN)
    assert course(WAITING, trial(), None, BOOT, 100) == Course(5, Step.TRY)


def test_its_time_counts_from_the_moment_it_is_in_force() -> None:
    assert course(WAITING, trial(), None, BOOT, 159.9).step is Step.TRY
    back = course(WAITING, trial(), None, BOOT, 160)
    assert back == Course(4, Step.RETURN, "not confirmed within 60 s")


def test_what_never_comes_into_force_has_no_more_time_than_that() -> None:
    assert course(WAITING, trial(in_force_s=None), None, BOOT, 149.9).step is Step.TRY
    assert course(WAITING, trial(in_force_s=None), None, BOOT, 150).step is Step.RETURN


def test_a_power_cycle_gives_back_at_once() -> None:
    back = course(WAITING, trial(boot_id="the boot before"), None, BOOT, 100)
    assert back == Course(4, Step.RETURN, "the router restarted before it was confirmed")


def test_what_was_given_back_is_not_tried_again() -> None:
    assert course(WAITING, None, 5, BOOT, 100) == Course(4, Step.SETTLED)


def test_a_further_save_begins_a_time_of_its_own_and_goes_back_to_the_same_revision() -> None:
    assert course(Head(6, 60, 4), trial(5), None, BOOT, 159) == Course(6, Step.BEGIN)
    later = OnTrial(revision=6, boot_id=BOOT, window_s=60, started_s=159, in_force_s=160)
    assert course(Head(6, 60, 4), later, None, BOOT, 221).revision == 4


def test_a_confirmation_outweighs_a_return() -> None:
    assert course(Head(5, None, 5), None, 5, BOOT, 500) == Course(5, Step.SETTLED)


@given(heads(), st.none() | TRIALS, st.none() | NUMBERS, MOMENTS)
def test_only_the_newest_and_the_confirmed_are_ever_brought_about(
    head: Head, noted: OnTrial | None, returned: int | None, now_s: float
) -> None:
    taken = course(head, noted, returned, BOOT, now_s)
    assert taken.revision in {head.number, head.confirmed}
    assert bool(taken.why) == (taken.step is Step.RETURN)
    if head.window_s is None:
        assert taken == Course(head.number, Step.SETTLED)
    if taken.step is Step.RETURN:
        assert taken.revision == head.confirmed


@given(TRIALS, MOMENTS, MOMENTS)
def test_once_over_a_trial_stays_over(noted: OnTrial, first_s: float, more_s: float) -> None:
    if why_over(noted, BOOT, first_s):
        assert why_over(noted, BOOT, first_s + more_s)


# Taking over and putting back.

MANAGED = Config(
    interfaces=(Interface(name="eth0", role=Role.LAN, managed=True, addresses=(IPv4Interface("10.9.9.1/24"),)),)
)


def test_what_a_change_takes_over_is_remembered_as_it_was() -> None:
    (taken,) = taken_over(MANAGED, EMPTY, paper.FACTS)
    assert taken.addresses == (IPv4Interface("62.231.110.65/26"),)
    assert taken_over(MANAGED, MANAGED, paper.FACTS) == ()
    assert taken_over(EMPTY, MANAGED, paper.FACTS) == ()


def test_putting_back_asks_for_the_addresses_that_were_there() -> None:
    back = put_back(EMPTY, taken_over(MANAGED, EMPTY, paper.FACTS))
    desired = desired_state(back, paper.FACTS, {})
    assert {str(one.address) for one in desired.state.of(Address)} == {"62.231.110.65/26"}
    assert desired.scope.managed == {"eth0"}


def test_putting_back_leaves_roles_and_the_rest_as_configured() -> None:
    taken = (Interface(name="eth1", managed=True, addresses=(IPv4Interface("10.9.9.1/24"),)),)
    back = put_back(paper.config(), taken)
    interface = back.interface("eth1")
    assert interface is not None
    assert interface.role is Role.WAN
    assert back.gateways == paper.config().gateways
    assert len(back.interfaces) == len(paper.INTERFACES)
