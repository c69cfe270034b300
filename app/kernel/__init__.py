"""The kernel of this network namespace: observed and changed with structured netlink and nftables messages only."""
