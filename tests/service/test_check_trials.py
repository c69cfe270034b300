"""New health checks are run before they are saved: which ones, through whom, and what an answer means for the save."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from app.model.check import IcmpCheck, TcpCheck
from app.model.config import Config
from app.model.family import Family
from app.model.status import LayerStatus
from app.model.trial import Trial, TrialTarget
from app.model.verdict import Layer
from app.paths import StateDirectory
from app.service.check_trials import LONGEST_S, MOST_AT_ONCE, Attempt, ChecksFail, new_attempts, run_attempts
from app.service.configuration import Configuration, Saved
from app.service.edits.checks import add_check, ask_as_all
from app.service.edits.gateways import add_gateway, change_gateway, edit_gateway
from app.service.edits.settings import change_failover
from lab.waiting import wait_until
from tests.service.machine import BLANK, paper_config
from tests.service.waiting import ROOT
from tests.web.fake_worker import CABLE, TRIAL, FakeWorker, down, fake_worker

PING = IcmpCheck(targets=("10.0.0.3",))
WRONG = IcmpCheck(targets=("10.9.9.9",))
SILENT = TrialTarget(host="10.9.9.9", ok=False, text="no reply within 1.4 s")


def router(**failover: Any) -> Config:
    return change_failover(paper_config(), {"checks": [PING], **failover})


def said(before: Config, after: Config) -> list[tuple[str, int, str]]:
    return [(one.field, one.gateway.number, one.check.describe()) for one in new_attempts(before, after)]


def test_a_check_for_all_is_run_through_every_isp_that_uses_it() -> None:
    before = add_check(router(), 2, {"kind": "icmp", "targets": ["10.0.0.3"]})
    after = add_check(before, None, {"kind": "icmp", "targets": ["10.9.9.9"]})
    assert said(before, after) == [("settings.failover.checks.1", 1, "icmp 10.9.9.9")]
    assert said(after, ask_as_all(after, 2)) == [("settings.failover.checks.1", 2, "icmp 10.9.9.9")]


def test_what_an_isp_is_asked_already_is_not_run_again() -> None:
    before = router()
    own = add_check(before, 1, {"kind": "icmp", "targets": ["10.0.0.3"]})
    assert said(before, own) == []
    assert said(before, change_gateway(before, 1, {"weight": 9})) == []
    assert said(before, change_failover(before, {"checks": []})) == []


def test_checks_that_come_into_use_are_new() -> None:
    off = router(enabled=False)
    assert said(off, router()) == [("settings.failover.checks.0", number, "icmp 10.0.0.3") for number in (1, 2)]
    assert said(off, router(enabled=False, checks=[WRONG])) == []


def test_a_shorter_timeout_makes_every_check_a_new_one_and_a_longer_one_none() -> None:
    before = router()
    shorter = change_failover(before, {"timing": {"timeout_s": 0.1}})
    assert [one.timeout_s for one in new_attempts(before, shorter)] == [0.1, 0.1]
    assert said(shorter, before) == []


def test_an_isp_that_is_new_moved_or_disabled_is_not_asked() -> None:
    before = router()
    for after in (
        add_gateway(before, BLANK, {"address": "172.17.0.9"}),
        edit_gateway(before, BLANK, {"number": 2, "address": "172.17.0.9", "interface": "eth2"}),
        change_gateway(before, 2, {"enabled": False}),
    ):
        changed = add_check(after, None, {"kind": "icmp", "targets": ["10.9.9.9"]})
        assert {number for _, number, _ in said(before, changed)} <= {1, 2}
        assert (2 in {number for _, number, _ in said(before, changed)}) == (
            changed.gateways[1].enabled and changed.gateways[1].ipv4 == before.gateways[1].ipv4
        )
        assert all(number != 3 for _, number, _ in said(before, changed))


# What is asked of a worker


@pytest.fixture
def worker(home: StateDirectory) -> Any:
    Configuration(home).change(lambda _: router(), facts=BLANK, author=ROOT, note="")
    with fake_worker(home) as worker:
        worker.take_over()
        yield worker


def fails(worker: FakeWorker) -> None:
    worker.trial = TRIAL.dump_json(Trial(layers=(CABLE,), targets=(SILENT,))).decode()


def set_wrong(home: StateDirectory, *, force: bool = False) -> Saved:
    return Configuration(home).change(
        lambda one: change_failover(one, {"checks": [WRONG]}), facts=BLANK, author=ROOT, note="", force=force
    )


def test_a_check_that_passes_is_saved_with_what_it_answered(home: StateDirectory, worker: FakeWorker) -> None:
    saved = set_wrong(home)
    assert saved.changed
    assert [one.sentence for one in saved.answers] == [
        "icmp 10.9.9.9 passes through ISP 1 (10.0.0.3: reply in 9.1 ms)",
        "icmp 10.9.9.9 passes through ISP 2 (10.0.0.3: reply in 9.1 ms)",
    ]


def test_a_check_that_fails_through_a_working_isp_is_not_saved_unless_it_is_forced(
    home: StateDirectory, worker: FakeWorker
) -> None:
    fails(worker)
    with pytest.raises(ChecksFail) as refused:
        set_wrong(home)
    assert [(one.field, one.forcible) for one in refused.value.errors] == [("settings.failover.checks.0", True)] * 2
    assert "icmp 10.9.9.9 fails through ISP 1 (10.9.9.9: no reply within 1.4 s)" in str(refused.value)
    assert Configuration(home).head().number == 1
    assert len(worker.asked) == 4, "what fails is run once more: one lost packet is no answer"
    worker.asked.clear()
    assert set_wrong(home, force=True).after.number == 2
    assert worker.asked == []


def test_an_isp_that_is_down_already_is_no_reason_to_ask(home: StateDirectory, worker: FakeWorker) -> None:
    fails(worker)
    worker.say(replace(worker.status, gateways=tuple(down(one) for one in worker.status.gateways)))
    saved = set_wrong(home)
    assert saved.changed
    assert [one.passes for one in saved.answers] == [False, False]


def test_a_layer_below_the_check_that_fails_is_named(home: StateDirectory, worker: FakeWorker) -> None:
    broken = LayerStatus(layer=Layer.ADDRESS, text="eth1 has no address", ok=False)
    worker.trial = TRIAL.dump_json(Trial(layers=(CABLE, broken), targets=())).decode()
    with pytest.raises(ChecksFail, match=r"fails through ISP 1 \(eth1 has no address\)"):
        set_wrong(home)


def test_without_a_worker_a_check_is_saved_as_it_always_was(home: StateDirectory) -> None:
    Configuration(home).change(lambda _: router(), facts=BLANK, author=ROOT, note="")
    saved = set_wrong(home)
    assert [one.passes for one in saved.answers] == [None, None]


def test_somebody_saves_meanwhile_and_both_changes_are_kept(home: StateDirectory, worker: FakeWorker) -> None:
    once = threading.Event()
    heavier = {"weight": 7}

    def edit(config: Config) -> Config:
        if not once.is_set():
            once.set()
            save_later = threading.Thread(
                target=lambda: Configuration(home).change(
                    lambda one: change_gateway(one, 1, heavier), facts=BLANK, author=ROOT, note=""
                )
            )
            save_later.start()
        return change_failover(config, {"checks": [WRONG]})

    Configuration(home).change(edit, facts=BLANK, author=ROOT, note="")
    wait_until(lambda: Configuration(home).head().number == 3, "both changes are saved")
    head = Configuration(home).head().config
    assert (head.gateways[0].weight, head.settings.failover.checks) == (7, (WRONG,))


def test_it_is_bounded_in_number_and_in_time(home: StateDirectory, worker: FakeWorker) -> None:
    gateway = router().gateways[0]
    many = tuple(
        Attempt(f"checks.{port}", gateway, Family.IPV4, TcpCheck(targets=("10.0.0.3",), port=port), 1.0)
        for port in range(1, MOST_AT_ONCE + 9)
    )
    began = time.monotonic()
    answers = run_attempts(many, home.worker_sock)
    assert time.monotonic() - began < LONGEST_S + 1
    assert [one.attempt for one in answers] == list(many)
    assert [one.passes for one in answers].count(None) == 8
    assert len(worker.asked) == MOST_AT_ONCE
