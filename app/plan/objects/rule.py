"""Policy rules."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from app.model.layout import MAIN_TABLE, RULE_PROTOCOL
from app.plan.state import KernelObject, Phase


@dataclass(frozen=True, slots=True)
class Rule(KernelObject):
    """A policy rule of ours: FRA_PROTOCOL is layout.RULE_PROTOCOL, the action is to look up `table`.

    `mark` and `mask` go together. `suppress_prefixlength` 0 ignores default routes of the table.
    """

    thing = "rule"
    listed = 2
    commands = "ip rule add", "ip rule del"
    phases = Phase.RULES, Phase.RULES_GONE

    priority: int
    table: int
    source: IPv4Network | None = None
    output_interface: str | None = None
    mark: int | None = None
    mask: int | None = None
    suppress_prefixlength: int | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """Any that is always the same: the order of rules is their priority's matter."""
        return (repr(self),)

    @property
    def place(self) -> tuple[object, ...]:
        """As the kernel goes through them."""
        return self.priority, self.line

    @property
    def line(self) -> str:
        """What `ip rule` takes."""
        words = [f"priority {self.priority}", f"from {self.source or 'all'}"]
        if self.output_interface is not None:
            words.append(f"oif {self.output_interface}")
        if self.mark is not None and self.mask is not None:
            words.append(f"fwmark {hex(self.mark) if self.mark else 0}/{self.mask:#x}")
        words.append(f"lookup {'main' if self.table == MAIN_TABLE else self.table}")
        if self.suppress_prefixlength is not None:
            words.append(f"suppress_prefixlength {self.suppress_prefixlength}")
        return " ".join([*words, f"protocol {RULE_PROTOCOL}"])
