"""The paper's balancer before anybody configured it, and short words for what tests do with it."""

from contextlib import AbstractContextManager
from ipaddress import IPv4Interface

import pytest

from app.errors import InvalidConfig
from app.model.config import EMPTY, Config
from app.model.facts import AddressFact, Facts, Link
from app.service.edits.gateways import add_gateway, edit_gateway
from app.service.edits.interfaces import edit_address
from app.service.edits.settings import change_failover


def link(name: str, *addresses: str, up: bool = True, index: int = 9, loopback: bool = False) -> Link:
    own = tuple(AddressFact(address=IPv4Interface(one)) for one in addresses)
    return Link(name=name, index=index, up=up, carrier=up, addresses=own, loopback=loopback)


LOOPBACK = link("lo", "127.0.0.1/8", index=1, loopback=True)
BLANK = Facts(links=(LOOPBACK, link("eth0", index=2), link("eth1", index=3), link("eth2", index=4)))


def paper_config(facts: Facts = BLANK) -> Config:
    """What the paper's commands make."""
    config = edit_address(EMPTY, facts, "eth0", "62.231.110.65/26")
    config = edit_address(config, facts, "eth1", "192.168.1.1/24")
    config = edit_address(config, facts, "eth2", "172.17.0.1/24")
    config = edit_gateway(config, facts, {"address": "192.168.1.2", "interface": "eth1"})
    config = add_gateway(config, facts, {"address": "172.17.0.2"})
    return change_failover(config, {"enabled": True, "checks": (), "timing": {"interval_s": 2}})


def refused(field: str, words: str = "") -> AbstractContextManager[pytest.ExceptionInfo[InvalidConfig]]:
    """Expect InvalidConfig that names this field first and says these words."""
    return pytest.raises(InvalidConfig, match=f"^{field}.*: .*{words}")
