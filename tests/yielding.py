"""Letting the loop's other tasks have their turn: no time is waited for."""

import asyncio


async def others_run() -> None:
    """Return once every task that is ready has run to its next await."""
    await asyncio.sleep(0)
