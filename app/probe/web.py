"""A URL that must answer as expected, fetched by one gateway's path: httpcore speaks HTTP, the sockets are ours.

Imported only when such a check exists. httpcore rather than httpx, which is 10 MB more for what a probe never uses
(cookies, forms, decoding) and cannot be handed a socket.
"""

import asyncio
import functools
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from app.model.check import HttpCheck
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.probe.attempts import MOST
from app.probe.names import Unresolved
from app.probe.path import Path, Report, gone
from app.probe.stream import Stream
from app.probe.timestamp import Sent

if TYPE_CHECKING:
    from app.probe.path_prober import PathProber, Sender

# The expected text must be in the first so many bytes; a portal may well send a film.
BODY_BYTES = 64 * 1024
_MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_ADDRESS = re.compile(r"[0-9.]+")
# What is quoted of a URL in a sentence that ends up in a log.
_QUOTED_CHARACTERS = 120

Find = Callable[[str], Awaitable[str]]
"""Resolves a name through the same path; raises Unresolved."""


class Fetcher:
    """Fetches by one path, a connection for each probe: one that was kept open would prove less."""

    def __init__(self, path: Path, find: Find) -> None:
        self._path = path
        self._find = find
        # In the order of their beginnings.
        self._tasks: dict[asyncio.Task[None], None] = {}

    def ask(self, check: HttpCheck, timeout_s: float, report: Report) -> None:
        """Fetch the check's URL once; what can be said of it within `timeout_s`, names included, is reported."""
        if len(self._tasks) >= MOST:
            oldest = next(iter(self._tasks))
            del self._tasks[oldest]
            oldest.cancel()
        task = asyncio.get_running_loop().create_task(self._ask(check, timeout_s, report))
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def close(self) -> None:
        """Give up what is under way; nothing more is reported. Idempotent."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    async def _ask(self, check: HttpCheck, timeout_s: float, report: Report) -> None:
        sent, url = Sent.now(), _shortened(check.url)
        outcome: Outcome
        try:
            async with asyncio.timeout(timeout_s):
                complaint = await self._fetch(check)
            outcome = Refusal(f"{url} {complaint}") if complaint else Answer(sent.rtt_s(None))
        except TimeoutError:
            return
        except Unresolved as error:
            outcome = Failure(str(error))
        except ssl.SSLCertVerificationError as error:
            outcome = Refusal(f"{url} has no valid certificate: {error.verify_message}")
        except ConnectionRefusedError:
            outcome = Refusal(f"{url} refuses connections")
        except OSError as error:
            lost = gone(error)
            outcome = (
                Failure(self._path.trouble(error))
                if lost
                else Refusal(f"{url} closed the connection early: {error.strerror}")
            )
        except (httpcore.ProtocolError, httpcore.NetworkError, ValueError) as error:
            outcome = Refusal(f"{url} did not reply in HTTP: {error}")
        report(outcome)

    async def _fetch(self, check: HttpCheck) -> str:
        """What is wrong with the answer, or nothing."""
        url = _ascii(check.url)
        for _ in range(_MOST_REDIRECTS + 1):
            stream = await self._connect(check, url)
            parts = urlsplit(url)
            origin = httpcore.Origin(parts.scheme.encode(), (parts.hostname or "").encode(), _port(url))
            async with (
                httpcore.AsyncHTTP11Connection(origin, stream) as connection,
                connection.stream(check.method, url, headers=_HEADERS) as response,
            ):
                location = _location(response) if check.follow_redirects else None
                if location is None:
                    return await _complaint(check, response)
            url = _ascii(urljoin(url, location))
        return f"redirects more than {_MOST_REDIRECTS} times"

    async def _connect(self, check: HttpCheck, url: str) -> Stream:
        """Connect to the server of `url`: the one that the check names, or the one its name resolves to."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if check.address is not None and host == urlsplit(_ascii(check.url)).hostname:
            address = str(check.address)
        else:
            address = host if _ADDRESS.fullmatch(host) else await self._find(host)
        # Loading the authorities takes some 50 ms, once.
        tls = await asyncio.to_thread(_tls, check.verify_tls) if parts.scheme == "https" else None
        return await Stream.connect(self._path, address, _port(url), tls, host)


class _Pages:
    """The probes of an http check."""

    def __init__(self, prober: "PathProber") -> None:
        self._fetcher = Fetcher(prober.path, prober.find)

    def send(self, probe: Probe, report: Report) -> None:
        """See Sender."""
        assert isinstance(probe.check, HttpCheck)  # noqa: S101 - the kind that names this module
        self._fetcher.ask(probe.check, probe.timeout_s, report)

    def close(self) -> None:
        """See Sender."""
        self._fetcher.close()


def sender(prober: "PathProber") -> "Sender":
    """What sends http checks by this prober's path."""
    return _Pages(prober)


_HEADERS = [("User-Agent", "multihome"), ("Accept", "*/*"), ("Accept-Encoding", "identity"), ("Connection", "close")]


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _location(response: httpcore.Response) -> str | None:
    if response.status not in _REDIRECTS:
        return None
    return next((value.decode("latin-1") for name, value in response.headers if name.lower() == b"location"), None)


async def _complaint(check: HttpCheck, response: httpcore.Response) -> str:
    """How a response differs from what the check expects; empty where it does not."""
    good = response.status == check.status if check.status else 200 <= response.status < 300
    if not good:
        return f"answers {response.status}, {check.status or '2xx'} was expected"
    if not check.contains:
        return ""
    wanted, body = check.contains.encode(), bytearray()
    async for chunk in response.aiter_stream():
        # Only where the new piece can have completed it: all of it for each of a thousand pieces is seconds.
        start = max(0, len(body) - len(wanted) + 1)
        body += chunk[: BODY_BYTES - len(body)]
        if body.find(wanted, start) >= 0:
            return ""
        if len(body) >= BODY_BYTES:
            break
    return "replied without the expected text"


@functools.cache
def _tls(verify: bool) -> ssl.SSLContext:
    """How to speak TLS: with this machine's authorities and Mozilla's, or trusting anybody."""
    context = httpcore.default_ssl_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _ascii(url: str) -> str:
    """The URL as it goes over the wire: RFC 3986 knows ASCII alone. Raises ValueError where it is none of ours."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{_shortened(url)} is not a URL of HTTP")
    host = parts.hostname.encode("idna").decode()
    port = f":{parts.port}" if parts.port else ""
    safe = "/%:=&?~+!$,;'@()*[]"
    query = f"?{quote(parts.query, safe=safe)}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}{quote(parts.path or '/', safe=safe)}{query}"


def _shortened(url: str) -> str:
    return url if len(url) <= _QUOTED_CHARACTERS else f"{url[:_QUOTED_CHARACTERS]}…"
