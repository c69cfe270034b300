"""The worker is nobody with two capabilities; nothing here may need more."""

import sys

from tests.kernel.namespace import Namespace

NOBODY = "65534"
BOTH = "-all,+net_admin,+net_raw"


def test_two_capabilities_and_no_user_are_enough(namespace: Namespace) -> None:
    namespace.ip("link add eth1 type veth peer name far", "link set eth1 up", "link set far up")
    namespace.ip("address add 10.0.1.2/24 dev eth1")
    namespace.execute("sysctl", "-q", "-w", "net.ipv4.neigh.eth1.retrans_time_ms=50")
    said = namespace.execute(
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--no-new-privs",
        f"--bounding-set={BOTH}",
        f"--inh-caps={BOTH}",
        f"--ambient-caps={BOTH}",
        sys.executable,
        "-m",
        "tests.kernel.unprivileged",
    )
    assert said == "all of it\n"


def test_without_them_it_says_which_is_missing(namespace: Namespace) -> None:
    program = """
import asyncio
from app.errors import KernelUnavailable
from app.kernel.linux import LinuxKernel
from app.model.family import Family
from app.model.leg import LegId

async def main():
    kernel = LinuxKernel()
    try:
        kernel.events()
    except KernelUnavailable as error:
        print(error)
    try:
        await kernel.tell_clients(LegId(1, Family.IPV4))
    except KernelUnavailable as error:
        print(error)
    await kernel.close()

asyncio.run(main())
"""
    nothing = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")
    first, second = namespace.execute("setpriv", *nothing, sys.executable, "-c", program).splitlines()
    assert first == "listening for changes: Operation not permitted; is CAP_NET_ADMIN there?"
    assert second == "resetting TCP connections: a raw socket needs CAP_NET_RAW"
