"""Proves the Debian package on a Debian machine of its own, booted with systemd, as the lab's router."""
