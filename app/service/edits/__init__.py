"""Every way in which a configuration can be changed, as a pure function from one Config to the next.

They take what people typed and raise InvalidConfig under the field's name; that the result fits together, and fits
this machine, is decided when it is saved. Facts are needed where a command leaves something to be found.
"""

from collections.abc import Iterable

from app.model.config import Gateway
from app.model.rule import TrafficRule


def free_name(name: str, among: Iterable[Gateway | TrafficRule]) -> str:
    """This name, changed as little as needed for none of these to have it, in whatever case."""
    taken = {one.name.casefold() for one in among}
    while name.casefold() in taken:
        name += "'"
    return name
