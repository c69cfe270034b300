"""Finds problems of this machine: pure decisions over what `survey` has read; no clock, no I/O.

A finding is only made of what is certain: a firewall whose rules cannot be followed to the end is no finding, because
a doctor who cries wolf is not asked again.
"""
