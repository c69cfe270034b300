"""Sends probes, each through one gateway only, bound to its device, source and mark. It decides nothing."""
