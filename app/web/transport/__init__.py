"""Sockets, TLS and certificates, connection limits: everything below a request."""
