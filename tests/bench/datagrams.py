"""What a datagram costs whoever sends it through the router: with veth cables the kernel carries it all the way.

Run inside the lab's office: `datagrams.py new|running BATCHES EACH`. Prints the mean of each batch, in microseconds.
"""

import socket
import sys
import time
from typing import Final

CLIENT: Final = "62.231.110.66"
PLACES: Final = tuple(f"10.0.0.{last}" for last in range(10, 60))
FIRST_PORT, PORTS = 20_000, 20_000


def main(kind: str, batches: int, each: int) -> None:
    """Send, and say how long it took."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((CLIENT, 0))
        targets = [
            (PLACES[n % len(PLACES)] if kind == "new" else PLACES[0], FIRST_PORT + (n % PORTS if kind == "new" else 0))
            for n in range(batches * each)
        ]
        for batch in range(batches):
            mine = targets[batch * each : (batch + 1) * each]
            started_ns = time.perf_counter_ns()
            for target in mine:
                sender.sendto(b"", target)
            print((time.perf_counter_ns() - started_ns) / 1000 / each, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
