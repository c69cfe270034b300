"""Protection against attackers: login back-off, the password queue, and WAN exposure."""
