"""Pure decisions: from configuration, facts and verdicts to the desired kernel state. No clock, no I/O, no
randomness.
"""
