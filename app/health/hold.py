"""Hold-down and flap damping: how long a recovered gateway must stay good before it gets traffic again."""

# A fall this soon after a return shows that the return came too early; a longer hold than this helps nobody.
FLAP_WINDOW_S = 300.0
LONGEST_HOLD_S = 300.0


class Hold:
    """The hold of one gateway: `base_s`, doubled by each fall within FLAP_WINDOW_S of its return."""

    def __init__(self, base_s: float) -> None:
        self._base_s = base_s
        self._doublings = 0
        self._returned_s: float | None = None

    def configure(self, base_s: float) -> None:
        """Go on from another base; what was seen of flapping is kept."""
        self._base_s = base_s

    @property
    def hold_s(self) -> float:
        """The hold that counts now; a base beyond LONGEST_HOLD_S is the person's wish and stays as it is."""
        return max(self._base_s, min(self._base_s * (1 << self._doublings), LONGEST_HOLD_S))

    def fell(self, now_s: float) -> None:
        """Note that the gateway went down."""
        flaps = self._returned_s is not None and now_s - self._returned_s <= FLAP_WINDOW_S
        # 0.1 s doubled 12 times is over LONGEST_HOLD_S; counting further would only grow a number.
        self._doublings = min(self._doublings + 1, 12) if flaps else 0

    def returned(self, now_s: float) -> None:
        """Note that the gateway carries traffic again."""
        self._returned_s = now_s
