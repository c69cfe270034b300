"""The kernel's hash (include/linux/jhash.h, Bob Jenkins), to predict which gateway nftables picks.

nftables reads its registers as 32-bit words in host byte order, and scales the hash to the modulus by multiplication
(reciprocal_scale in include/linux/kernel.h).
"""

import sys
from typing import Final, Literal

INITIAL: Final = 0xDEADBEEF
WORD: Final = 0xFFFFFFFF
ORDER: Final[Literal["little", "big"]] = sys.byteorder


def scaled(key: bytes, seed: int, modulus: int) -> int:
    """`jhash … mod modulus seed seed` of nftables; `key` has a multiple of 4 bytes, as every concatenation has."""
    return jhash(key, seed) * modulus >> 32


def jhash(key: bytes, seed: int) -> int:
    """The hash of a key whose length is a multiple of 4 bytes."""
    words = [int.from_bytes(key[start : start + 4], ORDER) for start in range(0, len(key), 4)]
    a = b = c = (INITIAL + len(key) + seed) & WORD
    while len(words) > 3:
        a, b, c = _mixed((a + words[0]) & WORD, (b + words[1]) & WORD, (c + words[2]) & WORD)
        del words[:3]
    if not words:
        return c
    a, b, c = ((one + word) & WORD for one, word in zip((a, b, c), (*words, 0, 0), strict=False))
    return _final(a, b, c)


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & WORD


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    """__jhash_mix: six equal steps with rotating roles of a, b and c."""
    for bits in (4, 6, 8, 16, 19, 4):
        a = (a - c & WORD) ^ _rotated(c, bits)
        c = c + b & WORD
        a, b, c = b, c, a
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    """__jhash_final: seven equal steps; the value written last is the hash."""
    for bits in (14, 11, 25, 16, 4, 14, 24):
        c = (c ^ b) - _rotated(b, bits) & WORD
        a, b, c = b, c, a
    return b
