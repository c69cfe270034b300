"""The Simulation page: there only in a lab, and what it shows and asks for there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from typer.core import TyperGroup
from typer.main import get_command

from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.store.people import User
from app.web.application import create_application
from app.web.panel import Panel, assemble
from app.web.rendering.assets import Assets
from app.web.rendering.templating import Templates
from lab.commands import app as lab_console
from lab.page.link import LabLink
from lab.page.picture import lab_picture
from lab.page.simulation import RESOURCES, Simulation
from lab.page.view import connections
from lab.page.words import LabStatus, Office
from tests.web.client import TestClient
from tests.web.fake_lab import FakeLab, arrival, cable, fake_lab, healthy_lab, probe
from tests.web.person import HTMX, Browser, text_of
from tests.web.waiting import until

CUT = "/simulation/cables/balancer-isp1"


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates(Assets(RESOURCES), RESOURCES)


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeLab]:
    with fake_lab(Path(tmp_path_factory.mktemp("lab"))) as lab:
        yield lab


@pytest.fixture
def panel(home: StateDirectory, two_isps: Configuration, lab: FakeLab, templates: Templates) -> Panel:
    return assemble(home, "test0001", templates, Simulation(lab.path))


@pytest.fixture
def person(panel: Panel, admin: User) -> Iterator[Browser]:
    app = create_application(panel, ("localhost",))
    with TestClient(
        app, base_url="https://localhost", client=("192.168.1.50", 40000), follow_redirects=False
    ) as client:
        yield Browser(client).with_session_of(panel, admin)


def link_of(panel: Panel) -> LabLink:
    assert isinstance(panel.extension, Simulation)
    return panel.extension.link


def test_a_panel_outside_a_lab_has_no_such_page(home: StateDirectory, admin: User, templates: Templates) -> None:
    panel = assemble(home, "test0001", templates)
    with TestClient(create_application(panel, ("localhost",)), base_url="https://localhost") as client:
        person = Browser(client).with_session_of(panel, admin)
        assert person.get("/simulation").status_code == 404
        assert person.post(CUT, {"do": "cut"}).status_code == 404
        assert "/simulation" not in person.get("/").text


def test_the_page_is_complete_at_once_and_without_javascript(person: Browser) -> None:
    page = person.get("/simulation").text
    text = text_of(page)
    assert 'aria-label="Cable balancer-isp1: healthy, 2.4\u00a0Mbit/s"' in page
    assert "ISP 1 up · 60 %" in text
    assert "The call through ISP 1" in text
    assert "Its last gap under 100 ms" in text
    assert page.count('value="silence"') == 6
    assert 'href="/simulation"' in person.get("/").text


def test_what_was_not_measured_yet_is_a_dash_and_not_zero(person: Browser, panel: Panel, lab: FakeLab) -> None:
    unmeasured = {"packets": 100, "octets": 5000, "packets_per_s": None, "bits_per_s": None}
    lab.change("balancer-isp1", from_near=unmeasured, from_far=unmeasured)
    until(lambda: "not measured yet" in person.get("/simulation").text)
    row = text_of(person.get("/simulation").text.partition('id="cable-balancer-isp1"')[2].partition("</li>")[0])
    assert "→ — not measured" in row
    assert "0 bit/s" not in row


def test_sixteen_isps_fit_on_a_screen() -> None:
    names = [f"isp{number}" for number in range(1, 17)]
    cables = [cable("host-balancer", "host", "balancer"), *(cable(f"balancer-{one}", "balancer", one) for one in names)]
    status = TypeAdapter(LabStatus).validate_python({**healthy_lab(), "isps": 16, "cables": cables})
    drawn = lab_picture(status)
    assert len(drawn.boxes) == 16
    assert drawn.height <= 500
    assert all(drawn.box_height / 2 <= box.y <= drawn.height - drawn.box_height / 2 for box in drawn.boxes)
    shares = {number: 10 + number for number in range(1, 17)}
    words = connections(Office(connections_by_isp=shares)).value
    assert words.replace("\u00a0", " ") == "16 ISPs, 4 % to 9 % each"


def test_the_same_on_the_console_is_named_and_the_lab_knows_those_commands(person: Browser) -> None:
    found = re.findall(r"<code>\./run lab --name fake (\w+) ?(.*?)</code>", person.get("/simulation").text)
    assert {command for command, _ in found} == {"cut", "degrade", "status", "trace", "play"}
    known = get_command(lab_console)
    assert isinstance(known, TyperGroup)
    for command, words in found:
        known.commands[command].make_context(command, words.split())


def test_each_state_of_a_cable_has_its_word_and_what_helps(person: Browser, lab: FakeLab) -> None:
    for one, changes in zip(
        lab.status["cables"][1:5],
        ({"plugged": False}, {"fault": "silenced"}, {"fault": "loses 5 percent"}, {"fault": "silenced: its relay"}),
        strict=True,
    ):
        one.update(changes)
    page = person.get("/simulation").text
    assert 'class="cable cut" aria-label="Cable balancer-isp1: cut' in page
    assert 'class="cable silent" aria-label="Cable balancer-isp2: silent' in page
    assert 'class="cable degraded" aria-label="Cable isp1-vmnet8: loses 5 percent' in page
    assert 'class="cable silent" aria-label="Cable isp2-vmnet8: silent: its relay' in page
    assert page.count('value="restore"') == 4
    assert page.count('value="plug"') == 2, "in its row, and in the tour"


def test_cutting_asks_the_lab_and_leads_back_to_the_cable(person: Browser, lab: FakeLab) -> None:
    lab.status["cables"][1].update(plugged=False, summary="cut")
    answer = person.post(CUT, {"do": "cut"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/simulation#cable-balancer-isp1")
    assert lab.asked == [{"command": "cut", "cable": "balancer-isp1"}]
    assert "balancer-isp1 is now cut." in person.post(CUT, {"do": "cut"}, headers=HTMX).text


def test_a_degradation_is_sent_in_the_labs_own_units(person: Browser, lab: FakeLab) -> None:
    given = {"cable": "balancer-isp1", "loss": "2,5", "rate": "0.5", "delay": "40"}
    assert person.post("/simulation/degrade", given).status_code == 303
    wanted = {"loss_percent": 2.5, "rate_bits_per_s": 500_000, "delay_ms": 40.0}
    assert lab.asked == [{"command": "degrade", "cable": "balancer-isp1", **wanted}]


@pytest.mark.parametrize("loss", ["", "0", "101", "-1", "nan", "1e3", "x", "٣"])
def test_what_is_no_degradation_is_refused_and_what_was_typed_stays(person: Browser, lab: FakeLab, loss: str) -> None:
    answer = person.post("/simulation/degrade", {"cable": "balancer-isp1", "loss": loss})
    assert answer.status_code == 422
    assert f'value="{loss}"' in answer.text
    assert "<option selected>balancer-isp1" in answer.text
    assert lab.asked == []


@pytest.mark.parametrize("do", ["", "down", "subscribe", "exec"])
def test_nothing_else_can_be_asked_of_the_lab(person: Browser, lab: FakeLab, do: str) -> None:
    assert person.post(CUT, {"do": do}).status_code == 422
    assert person.post("/simulation/cables/..%2Fx", {"do": "cut"}).status_code == 404
    assert lab.asked == []


def test_what_the_lab_refuses_is_said_in_its_words(person: Browser, lab: FakeLab) -> None:
    lab.answer = {"error": "there is no cable <b>x</b>"}
    answer = person.post(CUT, {"do": "cut"})
    assert answer.status_code == 422
    assert "there is no cable &lt;b&gt;x&lt;/b&gt;" in answer.text


def test_a_lab_that_talks_nonsense_breaks_nothing(person: Browser, panel: Panel, lab: FakeLab) -> None:
    link = link_of(panel)
    person.get("/simulation")
    heard = link.heard
    for nonsense in (b"[]", b"{", b'{"status": {"name": 1}}', b'{"status": {"isps": 1e9}}', b'{"trace": {"isp": "x"}}'):
        lab.say(nonsense)
    lab.say({"trace": arrival(2, "<script>alert(1)</script>")})
    lab.say({"status": lab.status})
    until(lambda: link.heard > heard)
    page = person.get("/simulation").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    lab.answer = {"ok": "perhaps", "summary": ["x"]}
    assert person.post(CUT, {"do": "cut"}).status_code == 422


def test_the_list_of_packets_is_bounded(person: Browser, panel: Panel, lab: FakeLab) -> None:
    link = link_of(panel)
    person.get("/simulation")
    for number in range(200):
        lab.say({"trace": arrival(1, f"packet {number}")})
    until(lambda: bool(link.arrivals) and link.arrivals[0].line == "packet 199")
    assert person.get("/simulation").text.count(">packet ") == 40


def test_the_tour_goes_on_by_what_happens(person: Browser, panel: Panel, lab: FakeLab) -> None:
    link = link_of(panel)
    assert "Cut ISP 1&#39;s cable" in person.get("/simulation").text
    lab.say({"trace": arrival(1)})
    lab.status["office"] |= {"call_isp": 2, "call_gap_ms": 118.0, "call_gap_ago_s": 0.1}
    lab.change("balancer-isp1", plugged=False)
    lab.say({"trace": arrival(2)})
    until(lambda: link.tour.flows_cut[2] == 1)
    text = text_of(person.get("/simulation").text)
    assert "the call moved from ISP 1 to ISP 2" in text
    assert "the call's gap: 118 ms" in text
    assert "new flows seen: 1 through ISP 2" in text
    lab.change("balancer-isp1", plugged=True)
    lab.say({"trace": probe(1)})
    lab.say({"trace": arrival(2)})
    until(lambda: link.tour.flows_after[2] == 1)
    assert link.tour.back_after_s is None, "that the router asks through ISP 1 does not mean that it is used again"
    lab.say({"trace": arrival(1)})
    until(lambda: link.tour.back_after_s is not None)
    assert "Once more" in person.get("/simulation").text
    person.post("/simulation/tour")
    assert "Cut ISP 1&#39;s cable" in person.get("/simulation").text


def test_a_silent_lab_is_said_to_be_silent(home: StateDirectory, admin: User, templates: Templates) -> None:
    panel = assemble(home, "test0001", templates, Simulation(home.path / "nothing.sock"))
    with TestClient(create_application(panel, ("localhost",)), base_url="https://localhost") as client:
        person = Browser(client).with_session_of(panel, admin)
        assert "Waiting for the lab" in person.get("/simulation").text
        assert "The lab does not answer" in person.post(CUT, {"do": "cut"}).text
