"""An open stream over real sockets: the test client waits for the end of an answer, and streams have none."""

import contextlib
import http.client
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from tests.web.running import Running


def trusting() -> ssl.SSLContext:
    """TLS that believes whatever it is told, as somebody who clicked the warning away."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Stream:
    """One open stream and what came of it so far."""

    def __init__(self, running: Running, path: str, headers: dict[str, str]) -> None:
        host = running.url.removeprefix("https://")
        self._connection = http.client.HTTPSConnection(host, timeout=45, context=trusting())
        self._connection.request("GET", path, headers=headers)
        self._response = self._connection.getresponse()
        assert self._response.headers["Content-Type"].startswith("text/event-stream")
        self._unpack = zlib.decompressobj(31) if self._response.headers["Content-Encoding"] == "gzip" else None
        self.text = ""
        self.received_bytes = 0
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            while some := self._response.read1(65536):
                self.received_bytes += len(some)
                self.text += (some if self._unpack is None else self._unpack.decompress(some)).decode()
        self.ended.set()

    def close(self) -> None:
        """Go away, as a tab that is closed."""
        with contextlib.suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(45)
        self._response.close()
        self._connection.close()


@contextmanager
def opened(running: Running, path: str, headers: dict[str, str]) -> Iterator[Stream]:
    stream = Stream(running, path, headers)
    try:
        yield stream
    finally:
        stream.close()
