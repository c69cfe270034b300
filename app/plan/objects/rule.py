"""Policy rules."""

from dataclasses import dataclass

from app.model.family import Family, IPNetwork, family_of
from app.model.layout import MAIN_TABLE, RULE_PROTOCOL
from app.plan.state import FamilyObject, Phase


@dataclass(frozen=True, slots=True)
class Rule(FamilyObject):
    """A policy rule of Multihome: FRA_PROTOCOL is layout.RULE_PROTOCOL, the action is the lookup of `table`.

    `mark` and `mask` belong together. `suppress_prefixlength` 0 ignores default routes of the table.
    """

    thing = "rule"
    listed = 2
    commands = "ip rule add", "ip rule del"
    phases = Phase.RULES, Phase.RULES_GONE

    priority: int
    table: int
    source: IPNetwork | None = None
    output_interface: str | None = None
    mark: int | None = None
    mask: int | None = None
    suppress_prefixlength: int | None = None
    family: Family = Family.IPV4

    def __post_init__(self) -> None:
        if self.source is not None and family_of(self.source) is not self.family:
            raise ValueError(f"{self.source} is no network of {self.family.name}")

    @property
    def order(self) -> tuple[object, ...]:
        """Any stable order: the kernel sorts rules by priority."""
        return self.family, repr(self)

    @property
    def place(self) -> tuple[object, ...]:
        """The order in which the kernel evaluates them."""
        return self.family, self.priority, self.words

    @property
    def words(self) -> str:
        """The arguments of `ip rule`."""
        words = [f"priority {self.priority}", f"from {self.source or 'all'}"]
        if self.output_interface is not None:
            words.append(f"oif {self.output_interface}")
        if self.mark is not None and self.mask is not None:
            words.append(f"fwmark {hex(self.mark) if self.mark else 0}/{self.mask:#x}")
        words.append(f"lookup {'main' if self.table == MAIN_TABLE else self.table}")
        if self.suppress_prefixlength is not None:
            words.append(f"suppress_prefixlength {self.suppress_prefixlength}")
        return " ".join([*words, f"protocol {RULE_PROTOCOL}"])
