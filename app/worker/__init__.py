"""The loop that keeps the Internet working: wiring only; every decision is in plan and health, every effect below."""
