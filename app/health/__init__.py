"""From replies to verdicts: the checks of each gateway over time. Pure: `now` is always an argument."""
