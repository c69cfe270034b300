"""The expected round-trip time by RFC 6298, and the moment after which a reply is late."""

# A reply within this time is never late. (The RFC's lower bound of 1 s is for congestion control; here it is too long.)
LATE_AT_LEAST_S = 0.2


class RoundTrip:
    """The smoothed round-trip time and its variation (RFC 6298, section 2: alpha 1/8, beta 1/4, K 4)."""

    def __init__(self) -> None:
        self._smoothed_s: float | None = None
        self._variation_s = 0.0

    def measured(self, rtt_s: float) -> None:
        """Add one measurement. Replies are matched to probes one to one, so Karn's rule excludes none."""
        if self._smoothed_s is None:
            self._smoothed_s, self._variation_s = rtt_s, rtt_s / 2
            return
        self._variation_s += (abs(self._smoothed_s - rtt_s) - self._variation_s) / 4
        self._smoothed_s += (rtt_s - self._smoothed_s) / 8

    @property
    def late_after_s(self) -> float | None:
        """After how many seconds a reply is late by this line's own history; None without history."""
        if self._smoothed_s is None:
            return None
        return max(LATE_AT_LEAST_S, self._smoothed_s + 4 * self._variation_s)
