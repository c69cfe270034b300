"""The kernel's multipath hash seed, drawn once a boot: no test may depend on which one it is."""

from pathlib import Path

import pytest

from lab.measures import pairs
from lab.network import SEED_VARIABLE
from tests.lab.by_hand import pairs_by_isp, routed_lab

ISPS, COUNT = 8, 3
# With this seed none of the first 36 pairs goes through the first of eight ISPs. On about three boots of ten there are
# fewer than three for one of the first two.
UNLUCKY = 51
CAN_BE_SET = Path("/proc/sys/net/ipv4/fib_multipath_hash_seed").exists()


def test_pairs_of_an_isp_are_found_also_with_an_unlucky_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SEED_VARIABLE, str(UNLUCKY))
    with routed_lab("unlucky", isps=ISPS) as lab:
        first = [one.isp for one in lab.connections(pairs(12 * COUNT))]
        # A kernel before 6.11 keeps the seed of its boot, which may be a lucky one.
        assert first.count(1) == 0 or not CAN_BE_SET
        found = pairs_by_isp(lab, 1, COUNT)
        assert len(set(found)) == COUNT
        assert [one.isp for one in lab.connections(found)] == [1] * COUNT
