"""The floor of a failover: listens for carriers, replaces one route, deletes one ISP's flows, and nothing else.

Run inside the balancer of a lab with the paper's two ISPs. It knows nothing of health, configuration or drift; no
program that waits for the kernel's word and answers over netlink can be much faster.
"""

from typing import Any, Final

from pyroute2 import IPRoute, NFCTSocket

IFF_LOWER_UP: Final = 1 << 16
RTMGRP_LINK: Final = 1
WATCHED: Final = "eth1"
MARK, MASK, TABLE = 1 << 24, 0x7F000000, 243


def main() -> None:
    """Until it is ended."""
    with IPRoute() as events, IPRoute() as routes, NFCTSocket() as flows:
        index = {name: routes.link_lookup(ifname=name)[0] for name in ("eth1", "eth2")}
        both = [
            {"oif": index["eth1"], "gateway": "192.168.1.2", "hops": 0},
            {"oif": index["eth2"], "gateway": "172.17.0.2", "hops": 0},
        ]
        there: dict[str, Any] = {"dst": "0.0.0.0/0", "family": 2, "table": TABLE, "proto": 4}
        events.bind(groups=RTMGRP_LINK)
        print("ready", flush=True)
        had_carrier = True
        while True:
            for message in events.get():
                if message.get("index") != index[WATCHED] or message.get_attr("IFLA_IFNAME") != WATCHED:
                    continue
                has_carrier = bool(message["flags"] & IFF_LOWER_UP)
                if has_carrier == had_carrier:
                    continue
                had_carrier = has_carrier
                if has_carrier:
                    routes.route("replace", multipath=both, **there)
                else:
                    routes.route("replace", gateway="172.17.0.2", oif=index["eth2"], **there)
                    flows.flush(mark=MARK, mark_mask=MASK)


if __name__ == "__main__":
    main()
