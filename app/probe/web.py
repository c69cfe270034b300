"""The probes of an http check: fetches a URL through one gateway's path. httpcore speaks HTTP over Multihome's sockets.

Imported only when such a check exists. It is httpcore and not httpx, because httpx takes 10 MB more for things that a
probe never uses (cookies, forms, decoding) and cannot be given a socket.
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

# The expected text must be in this many first bytes; a captive portal may send a video.
BODY_BYTES = 64 * 1024
_MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_ADDRESS = re.compile(r"[0-9.]+")
# How much of a URL is quoted in sentences for the log.
_QUOTED_CHARACTERS = 120

Find = Callable[[str], Awaitable[str]]
"""Resolves a name through the same path; raises Unresolved."""


class Fetcher:
    """Fetches URLs through one path, with a new connection for each probe: a connection kept open would prove less."""

    def __init__(self, path: Path, find: Find) -> None:
        self._path = path
        self._find = find
        # In the order of their start.
        self._tasks: dict[asyncio.Task[None], None] = {}

    def ask(self, check: HttpCheck, timeout_s: float, report: Report) -> None:
        """Fetch the check's URL once; the outcome is reported within `timeout_s`, name resolution included."""
        if len(self._tasks) >= MOST:
            oldest = next(iter(self._tasks))
            del self._tasks[oldest]
            oldest.cancel()
        task = asyncio.get_running_loop().create_task(self._ask(check, timeout_s, report))
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def close(self) -> None:
        """Cancel all fetches; nothing more is reported. Idempotent."""
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
        """Why the response does not pass; empty if it does."""
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
        """Connect to the server of `url`: the check's address, or the one that its name resolves to."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if check.address is not None and host == urlsplit(_ascii(check.url)).hostname:
            address = str(check.address)
        else:
            address = host if _ADDRESS.fullmatch(host) else await self._find(host)
        # Loading the authorities takes 50 ms, once.
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
    """The sender of http checks through this prober's path."""
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
    """How a response differs from what the check expects; empty if it does not."""
    good = response.status == check.status if check.status else 200 <= response.status < 300
    if not good:
        return f"answers {response.status}, {check.status or '2xx'} was expected"
    if not check.contains:
        return ""
    wanted, body = check.contains.encode(), bytearray()
    async for chunk in response.aiter_stream():
        # Searched only where the new piece may have completed it: searching everything for a thousand pieces takes
        # seconds.
        start = max(0, len(body) - len(wanted) + 1)
        body += chunk[: BODY_BYTES - len(body)]
        if body.find(wanted, start) >= 0:
            return ""
        if len(body) >= BODY_BYTES:
            break
    return "replied without the expected text"


@functools.cache
def _tls(verify: bool) -> ssl.SSLContext:
    """The TLS context: trusts this machine's authorities and Mozilla's, or any server."""
    context = httpcore.default_ssl_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _ascii(url: str) -> str:
    """The URL in ASCII, as RFC 3986 requires. Raises ValueError for a URL that the model would refuse."""
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
