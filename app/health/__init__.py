"""The worker's decisions over time: answers to probes in, verdicts out; pure, `now` is always an argument."""
