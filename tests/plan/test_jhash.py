"""The kernel's hash: its own C, run once over a key of 0 to 10 words, gave these."""

from app.plan.jhash import jhash, scaled

KEY = bytes((place * 37 + 5) % 256 for place in range(40))
SEED = 0x4D480003
# include/linux/jhash.h compiled and called with KEY cut to 0, 4, 8, … 40 bytes, on a little-endian machine.
GIVEN = (
    737525490, 2291919501, 2727872013, 3840479421, 808544561, 4041652901,
    1924885697, 13760254, 2964074201, 3561656796, 2134029604,
)  # fmt: skip


def test_it_is_the_kernels_own() -> None:
    assert tuple(jhash(KEY[:length], SEED) for length in range(0, 41, 4)) == GIVEN


def test_scaled_it_is_below_the_modulus_and_takes_every_value() -> None:
    keys = [number.to_bytes(4, "big") for number in range(400)]
    assert {scaled(key, SEED, 7) for key in keys} == set(range(7))
    assert {scaled(key, SEED, 1) for key in keys} == {0}
