"""What somebody may do to what is ours: commands in the balancer of a lab with the paper's two ISPs, or more."""

TOUCHES = [
    "ip rule del priority 243",
    "ip rule del priority 241 fwmark 0x1000000/0x7f000000",
    "ip rule flush",
    "ip route del default table 243",
    "ip route flush table 242",
    "ip route replace default via 172.17.0.2 dev eth2 table 243 proto static",
    "ip route add 198.51.100.0/24 via 172.17.0.2 table 243",
    "ip address del 172.17.0.1/24 dev eth2",
    "nft delete table inet multihome",
    "nft flush chain inet multihome srcnat",
    "nft add rule inet multihome forward drop",
    "nft add chain inet multihome stranger",
    "nft flush ruleset",
    "sysctl -qw net.ipv4.ip_forward=0",
    "sysctl -qw net.ipv4.conf.eth1.rp_filter=1",
]
