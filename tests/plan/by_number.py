"""What is wanted by verdicts on gateways that are reached in IPv4 alone, told by their numbers."""

from collections.abc import Mapping

from app.model.config import Config
from app.model.facts import Facts
from app.model.leg import of_ipv4
from app.model.verdict import Verdict
from app.plan import desired
from app.plan.state import Desired


def desired_state(config: Config, facts: Facts, verdicts: Mapping[int, Verdict]) -> Desired:
    return desired.desired_state(config, facts, of_ipv4(verdicts))
