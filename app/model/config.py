"""One revision's content: interfaces, gateways and settings, and what must hold between them."""

from typing import Annotated

from pydantic import Field, model_validator

from app.model.about import About, Words
from app.model.base import InterfaceAddress, InterfaceName, Label, Listed, Port, at_most, domain
from app.model.check import Check, Checks
from app.model.choices import AllDown, Balancing, Clients, OnReturn, Role
from app.model.family import FAMILIES, Family
from app.model.guard import Guard
from app.model.layout import FIRST_NUMBER, LAST_NUMBER
from app.model.leg import IPv4Leg, Leg, LegId, with_leg
from app.model.rule import LAST_TIER, MOST_RULES, TrafficRule
from app.model.timing import Timing, TimingOverrides

Number = Annotated[int, Field(ge=FIRST_NUMBER, le=LAST_NUMBER)]
HEAVIEST = 256  # the kernel's rtnh_hops has eight bits and holds the weight minus one
Weight = Annotated[int, Field(ge=1, le=HEAVIEST)]
Tier = Annotated[int, Field(ge=1, le=LAST_TIER)]
# More than the VLANs of one trunk.
MOST_INTERFACES = 4200
# The limits of the commit-confirm time. In less, no browser can reconnect over a new address; nobody would wait longer.
SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 15, 600
ConfirmWindow = Annotated[int, Field(ge=SHORTEST_WINDOW_S, le=LONGEST_WINDOW_S)]


@domain
class Interface:
    """A network device with a role.

    `managed`: Multihome sets and removes its IPv4 addresses; the first one is the primary. Otherwise another program
    sets them (ifupdown, a DHCP client), and `addresses` is empty.
    """

    name: Annotated[InterfaceName, About("Interface", "As `ip link` shows it.", group=None)]
    role: Annotated[
        Role,
        About("Role", "An interface with an ISP is a WAN port by itself.", detail="`config addr role eth3 lan`"),
    ] = Role.UNUSED
    managed: Annotated[
        bool,
        About(
            "Addresses",
            choices={
                False: Words("Leave its addresses alone", "Another program sets them: a DHCP or PPP client, ifupdown."),
                True: Words("Set these addresses", "Multihome sets them and removes others."),
            },
        ),
    ] = False
    addresses: Annotated[
        tuple[InterfaceAddress, ...],
        Field(max_length=32),
        Listed,
        About(
            "Addresses to set",
            "With prefix length, separated by spaces; the first one is the primary.",
            empty="none",
            example="192.168.1.1/24",
            detail="`config addr edit eth1 192.168.1.1/24`",
        ),
    ] = ()


@domain
class Gateway:
    """One ISP behind a `wan` interface, with a leg for each address family in which it is reached.

    `checks` None: the checks for all. A disabled gateway keeps its flows until they end; with `cut` they end at once.
    New flows use the usable gateways of the lowest `tier` that has any; the others are on standby.
    """

    number: Annotated[
        Number,
        About(
            "Number",
            "Permanent: mark, routing table and rules derive from it.",
            group=None,
            default="the smallest free one",
        ),
    ]
    name: Annotated[
        Label, About("Name", "Your name for this ISP.", group="plain", example="Orange", default="`ISP` and its number")
    ]
    ipv4: Annotated[IPv4Leg, About("", "How it is reached in IPv4.")]
    interface: Annotated[InterfaceName, About("Interface", "Where the ISP is connected.", group="plain")]
    weight: Annotated[
        Weight,
        About(
            "Weight",
            "Its share of new connections, relative to the other ISPs in its tier.",
            group="plain",
            detail="`config gateway weight 1 3`",
        ),
    ] = 1
    tier: Annotated[
        Tier,
        About(
            "Tier",
            "New connections use the lowest tier in which any ISP works; the others are on standby.",
            group="plain",
            detail="`config gateway tier 2 2`",
        ),
    ] = 1
    on_return: Annotated[
        OnReturn,
        About("When a better tier is back", group="backup"),
    ] = OnReturn.STAY
    enabled: Annotated[
        bool,
        About(
            "Enabled",
            "Off: it gets no new connections, and running ones continue until they end.",
            group=None,
            detail="`config gateway disable 2`",
        ),
    ] = True
    cut: Annotated[
        bool,
        About(
            "Disconnected",
            "Of a disabled ISP: its connections end at once.",
            group=None,
            detail="`config gateway disable 2 --now`",
        ),
    ] = False
    checks: Annotated[
        Checks | None,
        About(
            "Checks",
            "Its own checks, instead of those for all. An empty list watches link and address alone.",
            group=None,
            empty="as for all",
            detail="`config gateway check add 2 tcp 192.0.2.1 443`; `config gateway check default 2` goes back.",
        ),
    ] = None
    timing: Annotated[
        TimingOverrides,
        About(
            "",
            "Its own timing. Empty values are those for all ISPs.",
            empty="as for all",
            group="timing",
            detail="`config gateway check timing 2 --interval 5 --timeout 3`",
        ),
    ] = Field(default_factory=TimingOverrides)

    @model_validator(mode="before")
    @classmethod
    def _of_before_legs(cls, given: object) -> object:
        """Accept documents, API bodies and state.db rows from before there were legs."""
        return with_leg(given) if isinstance(given, dict) else given

    def leg(self, family: Family) -> Leg | None:
        """The leg of this family, or None if the gateway has none."""
        found: Leg | None = getattr(self, family.field, None)
        return found

    @property
    def legs(self) -> tuple[Leg, ...]:
        """All legs of the gateway, IPv4 first."""
        return tuple(leg for family in FAMILIES if (leg := self.leg(family)) is not None)

    def called(self, family: Family) -> str:
        """Its name; where it is reached in several families, with the one that is meant."""
        return self.name if len(self.legs) < 2 else f"{self.name} {family}"


@domain
class Failover:
    """How gateways are watched, and what a failure causes. Not `enabled`: every gateway that the kernel can hold is
    used.
    """

    enabled: Annotated[
        bool,
        About(
            "Enable health checks and failover",
            "Off: nothing is probed, and every ISP with a link and an address is used.",
            group="watching",
            detail="`config gateway failover off`",
        ),
    ] = True
    checks: Annotated[
        Checks,
        About(
            "Checks",
            "Every ISP without checks of its own is probed with these; all must pass.",
            group=None,
            empty="none",
            detail="Link and address are always checked.",
        ),
    ] = ()
    strict: Annotated[
        bool,
        About(
            "Count a new check before its first reply",
            "Off: a check that no target has replied to since it was set cannot take a working ISP down.",
            group="watching",
            option="--strict/--no-strict",
        ),
    ] = False
    timing: Annotated[Timing, About("", "Probe interval, timeout and thresholds.", group="timing")] = Field(
        default_factory=Timing
    )
    all_down: Annotated[
        AllDown,
        About("When no ISP works", group="failure"),
    ] = AllDown.KEEP_TRYING
    clients: Annotated[
        Clients,
        About("Open TCP connections on a failed ISP", group="failure"),
    ] = Clients.TELL


@domain
class Panel:
    """The panel's port, whether it is reachable on WAN ports, and how long a change waits for its confirmation."""

    port: Annotated[Port, About("Panel port", "Unless systemd passes a socket.", group=None)] = 443
    reachable_from_outside: Annotated[
        bool,
        About(
            "Access from the Internet",
            "Allow the panel on WAN ports. This exposes the login page to the Internet.",
            group=None,
        ),
    ] = False
    confirm_window_s: Annotated[
        ConfirmWindow,
        About(
            "Roll back unconfirmed changes after",
            "The page that saves a change confirms it automatically if the panel stays reachable.",
            unit="s",
            group="window",
            detail="`config revisions window 90`",
        ),
    ] = 60


@domain
class Settings:
    """The settings of the whole router."""

    failover: Annotated[Failover, About("Failover", "How ISPs are watched.")] = Field(default_factory=Failover)
    balancing: Annotated[
        Balancing,
        About(
            "Balancing",
            "How new connections are spread over the ISPs.",
            group="balancing",
            detail="`config gateway balancing connection`",
        ),
    ] = Balancing.SOURCE_DESTINATION
    panel: Annotated[Panel, About("Panel", "Where the panel listens.")] = Field(default_factory=Panel)
    guard: Annotated[Guard, About("Guard", "New connections from the Internet.")] = Field(default_factory=Guard)


@domain
class Config:
    """The complete configuration of one revision; an empty one manages nothing.

    Types validate each part. `require_consistent` checks that the parts fit together, because a change is made in steps
    and only the result must fit.
    """

    interfaces: Annotated[
        tuple[Interface, ...], at_most(MOST_INTERFACES), About("Interfaces", "The interfaces that Multihome uses.")
    ] = ()
    gateways: Annotated[tuple[Gateway, ...], at_most(LAST_NUMBER), About("ISPs", "The ISPs, by number.")] = ()
    rules: Annotated[
        tuple[TrafficRule, ...], at_most(MOST_RULES), About("Traffic rules", "In order: the first match decides.")
    ] = ()
    settings: Annotated[Settings, About("", "Settings of the whole router.")] = Field(default_factory=Settings)

    def interface(self, name: str) -> Interface | None:
        """The interface with this name, or None."""
        return next((one for one in self.interfaces if one.name == name), None)

    def manages(self, name: str) -> bool:
        """Whether Multihome sets the addresses of this interface."""
        interface = self.interface(name)
        return interface is not None and interface.managed

    def gateway(self, number: int) -> Gateway | None:
        """The gateway with this number, or None."""
        return next((one for one in self.gateways if one.number == number), None)

    def rule(self, number: int) -> TrafficRule | None:
        """The traffic rule with this number, or None."""
        return next((one for one in self.rules if one.number == number), None)

    @property
    def legs(self) -> dict[LegId, tuple[Gateway, Leg]]:
        """Every leg of every gateway, in the order of the gateways."""
        return {LegId(one.number, leg.family): (one, leg) for one in self.gateways for leg in one.legs}

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that any gateway is reached in, IPv4 first; IPv4 while there is none."""
        used = {leg.family for one in self.gateways for leg in one.legs}
        return tuple(family for family in FAMILIES if family in used) or (Family.IPV4,)

    def timing(self, gateway: Gateway) -> Timing:
        """The timing of this gateway: the settings for all, overridden by its own."""
        return self.settings.failover.timing.overridden_by(gateway.timing)

    def checks(self, gateway: Gateway) -> tuple[Check, ...]:
        """The checks of this gateway besides link and address: its own, or those for all."""
        if not self.settings.failover.enabled:
            return ()
        return self.settings.failover.checks if gateway.checks is None else gateway.checks


EMPTY = Config()
