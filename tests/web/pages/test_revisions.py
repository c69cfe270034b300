"""The history of the configuration on its page: what each revision changed, and the way back."""

from app.service.configuration import Configuration
from tests.web.fake_worker import FakeWorker
from tests.web.person import OWN_PAGE, Browser, text_of


def test_the_list_says_who_when_and_what_became_of_it(at_work: Browser, worker: FakeWorker) -> None:
    at_work.fill_in("/isps/1", weight="5")
    shown = text_of(at_work.get("/revisions").text)
    assert "Revision 2 not confirmed yet in force ISP Orange changed" in shown
    assert "Revision 1 confirmed the paper's router" in shown
    assert "admin on the panel from 192.168.1.50" in shown
    worker.give_back()
    assert "Revision 2 rolled back" in text_of(at_work.get("/revisions").text)


def test_a_revision_shows_its_fields_and_what_they_meant_in_the_kernel(at_work: Browser) -> None:
    at_work.fill_in("/isps/1", weight="5")
    shown = text_of(at_work.get("/revisions/2").text)
    assert "Orange: weight: 3 → 5" in shown
    assert "nexthop via 192.168.1.2" in shown
    assert "computed for this machine's current state" in shown
    assert at_work.get("/revisions/99").status_code == 404
    assert at_work.get("/revisions/99999999999999999999").status_code == 404
    assert at_work.get("/revisions/0").status_code in {200, 404}


def test_an_old_revision_is_restored_after_a_look(at_work: Browser, two_isps: Configuration) -> None:
    at_work.fill_in("/isps/1", weight="5")
    at_work.post("/isps/2/disable")
    shown = at_work.fill_in("/revisions/1", "/revisions/1/restore", preview="1")
    assert shown.status_code == 200
    assert "Orange: weight: 5 → 3" in text_of(shown.text)
    assert two_isps.head().number == 3
    answer = at_work.fill_in("/revisions/1", "/revisions/1/restore")
    assert answer.headers["location"] == "/revisions?saved=4"
    assert two_isps.head().config == two_isps.revision(1).config
    assert "Keep changes" in at_work.get("/revisions").text


def test_restoring_what_somebody_else_has_changed_is_refused(at_work: Browser, two_isps: Configuration) -> None:
    at_work.fill_in("/isps/1", weight="5")
    answer = at_work.post("/revisions/1/restore", {"revision": "1"}, OWN_PAGE)
    assert answer.status_code == 409
    assert two_isps.head().number == 2


def test_the_list_is_paged(at_work: Browser) -> None:
    for weight in range(10, 65):
        at_work.post("/isps/1/disable" if weight % 2 else "/isps/1/enable", {"sure": "yes"})
    first = at_work.get("/revisions").text
    older = first.partition('href="/revisions?before=')[2].partition('"')[0]
    assert older == "6"
    assert "Revision 5" in text_of(at_work.get(f"/revisions?before={older}").text)


def test_the_newest_revision_is_undone_with_one_click(at_work: Browser, two_isps: Configuration) -> None:
    at_work.fill_in("/isps/1", weight="5")
    saved = text_of(at_work.get("/isps?saved=2").text)
    assert "Saved as revision 2. Undo revision 2" in saved
    listed = at_work.get("/revisions").text
    assert listed.count("Undo") == 1
    assert 'action="/revisions/1/restore"' in listed
    assert "Undo revision 2" in text_of(at_work.get("/revisions/2").text)
    answer = at_work.post("/revisions/1/restore", {"revision": "2"}, OWN_PAGE)
    assert answer.headers["location"] == "/revisions?saved=3"
    assert two_isps.head().config == two_isps.revision(1).config
    assert "Undo" not in text_of(at_work.get("/isps?saved=2").text), "an older revision is not undone by itself"


def test_a_revision_that_the_worker_has_not_heard_of_waits(at_work: Browser, worker: FakeWorker) -> None:
    worker.follow = False
    at_work.fill_in("/isps/1", weight="5")
    assert "Revision 2 not confirmed yet ISP Orange changed" in text_of(at_work.get("/revisions").text)
