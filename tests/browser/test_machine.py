"""The Settings page examines the machine by itself; the whole router is taken away and brought back."""

from pathlib import Path

from playwright.sync_api import Page, expect

from app.service.configuration import Author, Configuration, Origin
from app.service.edits.gateways import change_gateway
from tests.service.test_backup import PASSPHRASE
from tests.web.fake_worker import FACTS, FakeWorker
from tests.web.pages.test_doctor import FINDING


def test_findings_come_by_themselves(page: Page, worker: FakeWorker) -> None:
    worker.findings = (FINDING,)
    page.goto("/settings")
    expect(page.locator("#findings")).to_contain_text("IPv6 has a default route by <eth1>")
    expect(page.locator("#findings")).to_contain_text("take it away")


def test_a_backup_is_made_and_restored(page: Page, two_isps: Configuration, tmp_path: Path) -> None:
    page.goto("/settings")
    page.get_by_role("link", name="Full backup…").click()
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("Repeat passphrase").fill(PASSPHRASE)
    with page.expect_download() as download:
        page.get_by_role("button", name="Create backup file").click()
    file = tmp_path / "router.multihome"
    download.value.save_as(file)
    two_isps.change(
        lambda config: change_gateway(config, 1, {"weight": 9}),
        facts=FACTS,
        author=Author("ana", Origin.CONSOLE),
        note="",
    )
    page.get_by_label("Backup file").set_input_files(file)
    page.get_by_label("Passphrase of this file").fill(PASSPHRASE)
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_text("Orange: weight: 9 → 3")).to_be_visible()
    expect(page.get_by_text("users: admin, with their passwords at the time of the backup")).to_be_visible()
    page.get_by_role("button", name="Restore backup").click()
    page.wait_for_url("**/revisions**")
    assert two_isps.head().number == 3
