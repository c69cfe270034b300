"""Observes and changes the kernel of this network namespace, only with structured netlink and nftables messages."""
