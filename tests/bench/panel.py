"""A lab with its panel set up, and people who are logged in to it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from app.service.passwords import hashed
from app.service.users import Users
from lab.lab import Lab
from tests.lab import browsing, routed
from tests.lab.by_hand import lab_name


@contextmanager
def paneled(suffix: str) -> Iterator[Lab]:
    """The paper's router with its panel, an administrator, and no traffic."""
    with Lab.up(lab_name(suffix), quiet=True, port=0) as lab:
        Users(routed.home(lab)).create_first(browsing.NAME, hashed(browsing.PASSWORD), routed.TESTER)
        routed.without_hold(lab)
        routed.wait_for_members(lab, 1, 2)
        yield lab


@contextmanager
def visitors(lab: Lab, count: int) -> Iterator[list[httpx.Client]]:
    """So many people, each with a session of their own."""
    opened = []
    try:
        for _ in range(count):
            context = browsing.visitor(lab)
            opened.append((context, context.__enter__()))
        yield [client for _, client in opened]
    finally:
        for context, _ in reversed(opened):
            context.__exit__(None, None, None)
