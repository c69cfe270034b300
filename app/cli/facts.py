"""Reads the console's facts: links, addresses and routes from the kernel, name servers from resolv.conf."""

import asyncio
from dataclasses import replace

from app.model.facts import Facts
from app.probe.nameservers import nameservers


def machine_facts() -> Facts:
    """Links, addresses and routes of this network namespace, and the name servers. Raises KernelUnavailable."""
    from app.kernel.linux import LinuxKernel  # noqa: PLC0415 - many commands need no kernel

    async def read() -> Facts:
        kernel = LinuxKernel()
        try:
            return replace(await kernel.facts(), name_servers=nameservers())
        finally:
            await kernel.close()

    return asyncio.run(read())
