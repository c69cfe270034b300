"""The expected round-trip time by RFC 6298, and the moment after which a reply is late."""

# Under this nothing is late (the RFC's own lower bound of 1 s is for congestion control and far too patient here).
LATE_AT_LEAST_S = 0.2


class RoundTrip:
    """The smoothed round-trip time and its variation (RFC 6298, section 2: alpha 1/8, beta 1/4, K 4)."""

    def __init__(self) -> None:
        self._smoothed_s: float | None = None
        self._variation_s = 0.0

    def measured(self, rtt_s: float) -> None:
        """Take one measurement; answers are matched one to one, so Karn's rule has nothing to exclude."""
        if self._smoothed_s is None:
            self._smoothed_s, self._variation_s = rtt_s, rtt_s / 2
            return
        self._variation_s += (abs(self._smoothed_s - rtt_s) - self._variation_s) / 4
        self._smoothed_s += (rtt_s - self._smoothed_s) / 8

    @property
    def late_after_s(self) -> float | None:
        """From when on an outstanding answer is late by this line's own history; None without any history."""
        if self._smoothed_s is None:
            return None
        return max(LATE_AT_LEAST_S, self._smoothed_s + 4 * self._variation_s)
