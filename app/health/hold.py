"""Hold-down and flap damping: how long a recovered gateway must reply without a loss before it gets traffic again. The
sentences about it are in monitor.py, its default and limits in app/model/timing.py.
"""

# A relapse this soon after a recovery shows that the recovery came too early. A longer hold-down only prolongs outages.
FLAP_WINDOW_S = 300.0
LONGEST_HOLD_S = 300.0


class Hold:
    """The hold-down of one gateway: `base_s`, doubled by each relapse within FLAP_WINDOW_S of a recovery."""

    def __init__(self, base_s: float) -> None:
        self._base_s = base_s
        self._doublings = 0
        self._returned_s: float | None = None

    def configure(self, base_s: float) -> None:
        """Set another base; the doublings so far stay."""
        self._base_s = base_s

    @property
    def hold_s(self) -> float:
        """The current hold-down in seconds. A configured base above LONGEST_HOLD_S is used as it is."""
        return max(self._base_s, min(self._base_s * (1 << self._doublings), LONGEST_HOLD_S))

    def fell(self, now_s: float) -> None:
        """Record that the gateway went down."""
        flaps = self._returned_s is not None and now_s - self._returned_s <= FLAP_WINDOW_S
        # Even 0.1 s doubled 12 times exceeds LONGEST_HOLD_S.
        self._doublings = min(self._doublings + 1, 12) if flaps else 0

    def returned(self, now_s: float) -> None:
        """Record that the gateway has recovered and gets traffic again."""
        self._returned_s = now_s
