"""DNS queries and the meaning of their responses; dnspython encodes and decodes the messages (RFC 1035).

Imported only when a check needs it: dnspython takes 8 MB, and most workers send no query.
"""

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from app.model.probing import Answer, Outcome, Refusal

# How much of a name is quoted in sentences for the log: a redirect may lead to any name.
_QUOTED_CHARACTERS = 60


class DnsQuery:
    """One query to one server; `wire` is the message. Raises ValueError for an impossible name."""

    def __init__(self, name: str, kind: str) -> None:
        self._name = name
        self._kind = kind
        # The identifier is dnspython's own random one.
        try:
            self._query = dns.message.make_query(dns.name.from_text(name), kind)
        except dns.exception.DNSException as error:
            raise ValueError(f"{name[:_QUOTED_CHARACTERS]} cannot be a name: {error}") from error
        self.wire = self._query.to_wire()

    def read(self, payload: bytes) -> dns.message.Message | None:
        """The response in `payload`, or None if it is no response to this query."""
        try:
            response = dns.message.from_wire(payload, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError):
            return None
        return response if self._query.is_response(response) else None

    def judge(self, host: str, payload: bytes, rtt_s: float) -> Outcome | None:
        """The outcome that `payload` from `host` means for a check that needs a record; a truncated response passes."""
        response = self.read(payload)
        if response is None:
            return None
        if response.rcode() != dns.rcode.NOERROR:
            return Refusal(f"{host} answers {dns.rcode.to_text(response.rcode())} for {self._name}")
        wanted = dns.rdatatype.from_text(self._kind)
        if response.flags & dns.flags.TC or any(found.rdtype == wanted for found in response.answer):
            return Answer(rtt_s)
        return Refusal(f"{host} has no {self._kind} record of {self._name}")

    def addresses(self, payload: bytes) -> tuple[tuple[str, ...], int] | str | None:
        """The addresses at the end of the response's alias chain, and for how many seconds they are valid.

        Empty if the server says that there are none. A word for an inconclusive response (SERVFAIL, REFUSED): another
        server may know. None if the payload is no response to this query.
        """
        response = self.read(payload)
        if not isinstance(response, dns.message.QueryMessage):
            return None
        if response.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            return dns.rcode.to_text(response.rcode())
        try:
            chain = response.resolve_chaining()
        except dns.exception.DNSException:
            return "aliases without an end"
        return tuple(str(one) for one in chain.answer or ()), chain.minimum_ttl
