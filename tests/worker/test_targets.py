"""What the worker answers about the targets of one gateway's checks."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

from app.model.check import IcmpCheck, TcpCheck
from app.model.config import Failover, Settings
from app.service.worker_client import targets
from app.worker.gateways import MOST_IN_WINDOW, Gateways
from tests.plan import paper
from tests.worker.running import papers_machine, save, says, state_directory, until, working

CHECKS = (IcmpCheck(targets=("10.0.0.3", "10.0.0.4")), TcpCheck(targets=("10.0.0.5",), port=80))


def test_every_target_of_a_gateway_is_named_in_the_order_of_its_checks(tmp_path: Path) -> None:
    home = state_directory(tmp_path)
    config = paper.config(settings=Settings(failover=Failover(checks=CHECKS)))
    own = replace(config.gateways[1], checks=CHECKS[1:])
    save(home, replace(config, gateways=(config.gateways[0], own)))

    async def story() -> None:
        async with working(papers_machine(), home):
            await until(says(home, lambda seen: seen.in_force == 1), "in force")
            first, second, none = [await asyncio.to_thread(targets, home.worker_sock, one) for one in (1, 2, 9)]
        assert [(one.check, one.host) for one in first] == [
            (CHECKS[0].describe(), "10.0.0.3"),
            (CHECKS[0].describe(), "10.0.0.4"),
            (CHECKS[1].describe(), "10.0.0.5"),
        ]
        assert [one.host for one in second] == ["10.0.0.5"]
        assert none == ()

    asyncio.run(story())


def test_requests_are_limited() -> None:
    gateways = Gateways(Mock(), "boot")

    async def story() -> None:
        for _ in range(MOST_IN_WINDOW):
            assert json.loads(await gateways.targets({"gateway": "1"})) == []
        assert "try again later" in json.loads(await gateways.targets({}))["error"]

    asyncio.run(story())
