"""Rulesets of others, and what of nftables this kernel can do; the latter tried without anything being changed."""

import ctypes
import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from app.diagnosis.machine import Firewall, KernelTrial

LIBRARY: Final = "libnftables.so.1"
_PATIENCE_S: Final = 5
_SCRATCH: Final = "inet multihome_trial"
_NFT_CTX_OUTPUT_JSON: Final = 1 << 4
# Both, because which of the two kernel parts a machine's rules are in is not told by the program's plain name.
_SAVERS: Final = ("iptables-legacy-save", "iptables-nft-save")
_SAVERS6: Final = ("ip6tables-legacy-save", "ip6tables-nft-save")

_HOOK: Final = f"add chain {_SCRATCH} c {{ type filter hook forward priority 0; }}"
# What our table needs, each as the least that asks the kernel for it.
FEATURES: Final[Mapping[str, str]] = {
    "tables of the family inet with a filter chain": _HOOK,
    "chains that route again (type route)": f"add chain {_SCRATCH} c {{ type route hook output priority -150; }}",
    "source NAT": f"add chain {_SCRATCH} c {{ type nat hook postrouting priority 100; }}\n"
    f"add rule {_SCRATCH} c meta nfproto ipv4 snat to 192.0.2.1",
    "masquerading": f"add chain {_SCRATCH} c {{ type nat hook postrouting priority 100; }}\n"
    f"add rule {_SCRATCH} c masquerade",
    "resetting connections (reject)": f"{_HOOK}\nadd rule {_SCRATCH} c meta l4proto tcp reject with tcp reset",
    "connection marks": f"{_HOOK}\nadd rule {_SCRATCH} c ct mark set ct mark and 0x80ffffff or 0x1000000",
    "the state of connections": f"{_HOOK}\nadd rule {_SCRATCH} c ct state invalid ct direction original counter",
    "the next hop of a route (rt)": f"add chain {_SCRATCH} c {{ type filter hook postrouting priority 0; }}\n"
    f"add rule {_SCRATCH} c rt ip nexthop 192.0.2.1 counter",
    "sets of marks": f"add set {_SCRATCH} s {{ type mark; }}\n{_HOOK}\nadd rule {_SCRATCH} c ct mark @s counter",
    "spreading by a hash (jhash)": f"add chain {_SCRATCH} a\n{_HOOK}\nadd rule {_SCRATCH} c"
    " jhash ip saddr . ip daddr mod 8 seed 0x1 vmap { 0-3 : jump a, 4-7 : jump a }",
    "maps of networks that lead to chains": f"add chain {_SCRATCH} a\nadd map {_SCRATCH} m"
    " { type ipv4_addr : verdict; flags interval; }\n"
    f"add element {_SCRATCH} m {{ 192.0.2.0/24 : jump a }}\n{_HOOK}\nadd rule {_SCRATCH} c ip daddr vmap @m",
    "packets out of IPsec tunnels": f"{_HOOK}\nadd rule {_SCRATCH} c meta ipsec exists counter",
    "limits": f"{_HOOK}\nadd rule {_SCRATCH} c limit rate over 100/second burst 50 packets drop",
    "named counters": f"add counter {_SCRATCH} n\n{_HOOK}\nadd rule {_SCRATCH} c counter name n",
}


class _Library:
    """libnftables' five functions that this needs; its Python binding knows no dry run."""

    def __init__(self) -> None:
        """Raises OSError where the library cannot be loaded."""
        self._library = ctypes.CDLL(LIBRARY)
        self._library.nft_ctx_new.restype = ctypes.c_void_p
        self._library.nft_ctx_get_output_buffer.restype = ctypes.c_char_p
        self._library.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
        self._context = ctypes.c_void_p(self._library.nft_ctx_new(0))
        self._library.nft_ctx_buffer_output(self._context)
        self._library.nft_ctx_buffer_error(self._context)

    def tried(self, commands: str) -> str:
        """What the kernel would say to these commands, without carrying them out; empty: it would do them."""
        self._library.nft_ctx_set_dry_run(self._context, ctypes.c_bool(True))
        failed = self._library.nft_run_cmd_from_buffer(self._context, commands.encode())
        said: bytes = self._library.nft_ctx_get_error_buffer(self._context) or b""
        return "" if not failed else _reason(said.decode(errors="replace"))

    def listing(self) -> tuple[Mapping[str, Any], ...]:
        """The whole ruleset in nft's JSON. Raises OSError where it may not be seen."""
        self._library.nft_ctx_set_dry_run(self._context, ctypes.c_bool(False))
        self._library.nft_ctx_output_set_flags(self._context, _NFT_CTX_OUTPUT_JSON)
        if self._library.nft_run_cmd_from_buffer(self._context, b"list ruleset"):
            said: bytes = self._library.nft_ctx_get_error_buffer(self._context) or b""
            raise PermissionError(_reason(said.decode(errors="replace")))
        text: bytes = self._library.nft_ctx_get_output_buffer(self._context) or b"{}"
        return tuple(json.loads(text).get("nftables", ()))

    def close(self) -> None:
        self._library.nft_ctx_free(self._context)


def tried_and_listed() -> tuple[KernelTrial, Firewall]:
    """What nftables can do here, and what is in it. Needs CAP_NET_ADMIN to see anything."""
    try:
        library = _Library()
    except OSError as error:
        return KernelTrial(library_missing=str(error)), _firewall()
    try:
        listing = library.listing()
    except (OSError, ValueError):
        return KernelTrial(nft_denied=True), _firewall()
    else:
        refused = {what: said for what, text in FEATURES.items() if (said := library.tried(_whole(text)))}
        return KernelTrial(refused=refused), _firewall(listing)
    finally:
        library.close()


def _whole(text: str) -> str:
    return f"add table {_SCRATCH}\n{text}\n"


def _firewall(listing: tuple[Mapping[str, Any], ...] = ()) -> Firewall:
    return Firewall(listing, _saved(_SAVERS), _saved(_SAVERS6))


def _saved(programs: Iterable[str]) -> str:
    return "\n".join(_outputs(programs))


def _outputs(programs: Iterable[str]) -> Iterator[str]:
    for program in programs:
        try:
            done = subprocess.run(
                [program], capture_output=True, text=True, timeout=_PATIENCE_S, check=False, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        yield done.stdout


def _reason(said: str) -> str:
    found = (line.partition("Error: ")[2].strip() for line in said.splitlines())
    return "; ".join(dict.fromkeys(filter(None, found))) or said.strip()[:200] or "refused without a reason"
