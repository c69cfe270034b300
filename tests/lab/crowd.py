"""A crowd at the panel, from many addresses of the office: some watch a page, others guess passwords without a pause.

    python -m tests.lab.crowd ROUTER NAME PASSWORD VIEWERS GUESSERS CLIENT…

Says "ready" when every viewer has heard something and every guesser was refused once. Ends with its standard input, and
says then as JSON what it saw.
"""

import http.client
import itertools
import json
import ssl
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from lab.waiting import wait_until

LIMIT_S: Final = 60.0
_TRUSTING: Final = ssl.create_default_context()
_TRUSTING.check_hostname, _TRUSTING.verify_mode = False, ssl.CERT_NONE  # its certificate is its own


@dataclass
class Seen:
    """What the crowd saw: lines of streams, streams that ended, and guesses that were answered."""

    lines: int = 0
    ended: int = 0
    guesses: int = 0


class Crowd:
    """The people, each in a thread; all of them end with the process."""

    def __init__(self, router: str, name: str, password: str) -> None:
        self.seen = Seen()
        self._router = router
        self._name = name
        self._password = password

    def _connection(self, client: str) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._router, timeout=LIMIT_S, context=_TRUSTING, source_address=(client, 0))

    def log_in(self, client: str, password: str) -> tuple[int, str]:
        """The answer's status and, if it is a good one, the session's cookie."""
        line = self._connection(client)
        try:
            typed = urlencode({"name": self._name, "password": password})
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{self._router}"}
            line.request("POST", "/login", typed, headers)
            answer = line.getresponse()
            return answer.status, (answer.getheader("Set-Cookie") or "").partition(";")[0]
        finally:
            line.close()

    def watch(self, client: str) -> None:
        """Look at the status page for ever."""
        status, cookie = self.log_in(client, self._password)
        assert status == http.client.SEE_OTHER, f"{client} cannot log in: {status}"
        line = self._connection(client)
        line.request("GET", "/live?view=status", headers={"Cookie": cookie})
        stream = line.getresponse()
        while stream.readline():
            self.seen.lines += 1
        self.seen.ended += 1

    def guess(self, clients: Sequence[str]) -> None:
        """Try wrong passwords for ever, from one address after the other."""
        for client in itertools.cycle(clients):
            self.log_in(client, "not the password at all")
            self.seen.guesses += 1


def gather(crowd: Crowd, viewers: Sequence[str], guessers: int, strangers: Sequence[str]) -> None:
    """Return when everybody is there."""
    for count, client in enumerate(viewers, 1):
        threading.Thread(target=crowd.watch, args=[client], daemon=True).start()
        # One after the other: they are people with a password, and no storm.
        wait_until(lambda count=count: crowd.seen.lines >= count, f"viewer {count} sees the page", LIMIT_S)  # type: ignore[misc]
    for _ in range(guessers):
        threading.Thread(target=crowd.guess, args=[strangers], daemon=True).start()
    wait_until(lambda: crowd.seen.guesses >= guessers, "the guessers are refused", LIMIT_S)


if __name__ == "__main__":
    router, name, password = sys.argv[1:4]
    viewers, guessers = map(int, sys.argv[4:6])
    clients = sys.argv[6:]
    everybody = Crowd(router, name, password)
    gather(everybody, clients[:viewers], guessers, clients[viewers:])
    print("ready", flush=True)
    sys.stdin.read()
    print(json.dumps(asdict(everybody.seen)), flush=True)
