"""Addresses of managed interfaces."""

from dataclasses import dataclass

from app.model.family import Family, IPInterface, family_of
from app.plan.state import FamilyObject, Phase


@dataclass(frozen=True, slots=True)
class Address(FamilyObject):
    """An address of a managed interface."""

    thing = "address"
    listed = 0
    commands = "ip address add", "ip address del"
    phases = Phase.ADDRESSES, Phase.ADDRESSES_GONE

    interface: str
    address: IPInterface

    @property
    def family(self) -> Family:
        """See FamilyObject."""
        return family_of(self.address)

    @property
    def order(self) -> tuple[object, ...]:
        """By interface."""
        return self.interface, self.family, self.address

    @property
    def words(self) -> str:
        """The arguments of `ip address`."""
        return f"{self.address} dev {self.interface}"
