"""Where the console gets its facts: from the kernel itself, which tells them to anybody."""

import asyncio

from app.model.facts import Facts


def machine_facts() -> Facts:
    """Links, addresses and routes of this network namespace. Raises KernelUnavailable."""
    from app.kernel.linux import LinuxKernel  # noqa: PLC0415 - many commands need no kernel

    async def read() -> Facts:
        kernel = LinuxKernel()
        try:
            return await kernel.facts()
        finally:
            await kernel.close()

    return asyncio.run(read())
