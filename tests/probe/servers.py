"""What answers on the ISPs' side: servers of the test's own, in its own loop, with sockets of the other machine."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path as File

import dns.message
import dns.rcode
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.probe.network import TARGET, Network


@asynccontextmanager
async def udp_server(
    network: Network, port: int, reply: Callable[[bytes], bytes | None], machine: str = "isp1"
) -> AsyncIterator[list[bytes]]:
    """Answers each datagram with what `reply` makes of it; yields the datagrams."""
    opened = network.listen(machine, socket.SOCK_DGRAM, port)
    heard: list[bytes] = []

    def readable() -> None:
        payload, sender = opened.recvfrom(4096)
        heard.append(payload)
        answer = reply(payload)
        if answer is not None:
            opened.sendto(answer, sender)

    loop = asyncio.get_running_loop()
    loop.add_reader(opened, readable)
    try:
        yield heard
    finally:
        loop.remove_reader(opened)
        opened.close()


def dns_reply(*records: str, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> Callable[[bytes], bytes]:
    """Answers every query with these records, like `www.test. 60 IN A 10.0.0.3`."""

    def reply(payload: bytes) -> bytes:
        response = dns.message.make_response(dns.message.from_wire(payload), recursion_available=True)
        response.set_rcode(rcode)
        for record in records:
            name, ttl, klass, kind, *content = record.split()
            response.answer.append(dns.rrset.from_text(name, int(ttl), klass, kind, " ".join(content)))
        return response.to_wire()

    return reply


@asynccontextmanager
async def web_server(
    network: Network, respond: Callable[[str], bytes], port: int = 80, tls: ssl.SSLContext | None = None
) -> AsyncIterator[list[str]]:
    """Answers each request with what `respond` makes of its path; yields the heads of the requests."""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            heads.append(head)
            writer.write(respond(head.split()[1]))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, sock=network.listen("isp1", socket.SOCK_STREAM, port), ssl=tls)
    try:
        yield heads
    finally:
        server.close()


def page(status: str, body: str = "", **headers: str) -> bytes:
    """A whole response, like page("200 OK", "welcome")."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", body]).encode()


def self_signed(folder: File) -> ssl.SSLContext:
    """A server's TLS context with a certificate that nobody has vouched for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TARGET)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.IPv4Address(TARGET))])
    certificate = (
        x509.CertificateBuilder()
        .issuer_name(name)
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
