"""What keeps strangers off: login back-off, the queue for password hashes, and what is hidden on WAN interfaces."""
