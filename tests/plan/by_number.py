"""What is wanted by verdicts on gateways that are reached in IPv4 alone, told by their numbers."""

from collections.abc import Mapping

from app.model.config import Config
from app.model.facts import Facts
from app.model.verdict import Verdict
from app.plan import desired
from app.plan.state import Desired
from tests.legs import in_ipv4


def desired_state(config: Config, facts: Facts, verdicts: Mapping[int, Verdict]) -> Desired:
    return desired.desired_state(config, facts, in_ipv4(verdicts))
