from dataclasses import replace
from ipaddress import IPv4Address

from app.health.watch import Watch, watch
from app.model.check import IcmpCheck
from app.model.config import Config, Failover, Gateway, Settings
from app.model.leg import IPv4Leg
from app.model.timing import Timing, TimingOverrides

SHARED, OWN = IcmpCheck(targets=("10.0.0.3",)), IcmpCheck(targets=("10.0.0.4",))
GATEWAY = Gateway(number=3, name="A", interface="eth1", ipv4=IPv4Leg(address=IPv4Address("192.168.1.2")))


def test_a_gateway_is_watched_as_all_are_unless_it_has_settings_of_its_own() -> None:
    config = Config(settings=Settings(failover=Failover(checks=(SHARED,), timing=Timing(fall=5))))
    assert watch(GATEWAY, config) == Watch(3, (SHARED,), Timing(fall=5))
    own = replace(GATEWAY, checks=(OWN,), timing=TimingOverrides(hold_s=1))
    assert watch(own, config) == Watch(3, (OWN,), Timing(fall=5, hold_s=1))


def test_with_failover_off_nothing_is_asked() -> None:
    config = Config(settings=Settings(failover=Failover(enabled=False, checks=(SHARED,))))
    assert watch(GATEWAY, config) == Watch(3, (), Timing(), enabled=False)


def test_what_stands_by_is_asked_at_the_longer_of_two_intervals() -> None:
    def interval_s(interval_s: float, standby_interval_s: float) -> float:
        timing = Timing(interval_s=interval_s, standby_interval_s=standby_interval_s)
        config = Config(settings=Settings(failover=Failover(checks=(SHARED,), timing=timing)))
        assert watch(GATEWAY, config).timing.interval_s == interval_s
        return watch(GATEWAY, config, resting=True).timing.interval_s

    assert interval_s(interval_s=1, standby_interval_s=30) == 30
    assert interval_s(interval_s=60, standby_interval_s=30) == 60
