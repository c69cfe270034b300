"""The loop that keeps the Internet working. Wiring only: decisions are in plan and health, effects in kernel, probe and
store.
"""
