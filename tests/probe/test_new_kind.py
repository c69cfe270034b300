"""A new kind of check is a class and a module that sends it: a throw-away copy of the program gets one."""

import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

CLASS = '''
@domain
class NtpCheck(_Ports):
    """A time server that must answer (RFC 5905)."""

    label: ClassVar = "Time server (ntp)"
    word: ClassVar = "ntp"
    usage: ClassVar = "ntp HOST"
    prober: ClassVar = "ntp"
    layer: ClassVar = Layer.UDP

    port: Annotated[Port, About("Port")] = 123
    stratum: Annotated[int, Field(ge=1, le=15), About("Highest stratum", "A clock further away fails.")] = 5
    kind: Annotated[Literal["ntp"], About("Kind", group=None)] = "ntp"


'''

PROBER = """
from app.model.probing import Answer


class Clocks:
    def __init__(self, prober):
        self.prober = prober

    def send(self, probe, report):
        self.prober.at(probe.host, report, lambda address: report(Answer(probe.check.stratum / 1000)))

    def close(self):
        pass


def sender(prober):
    return Clocks(prober)
"""

PROGRAM = """
import asyncio
from ipaddress import IPv4Address
from app.cli.check_text import as_typed, typed_check
from app.health.review import review
from app.model.about import setting_of
from app.model.config import EMPTY
from app.model.facts import Facts
from app.probe.once import probe_once
from app.probe.path import Path
from app.service.compare import field_changes
from app.service.document import exported, imported
from app.service.edits.checks import add_check
from app.service.reference import with_tables
from app.store.mapping import config_of, rows_of
from app.web.rendering.assets import Assets
from app.web.forms.checks import check_fields, check_texts, check_values

config = add_check(EMPTY, None, typed_check(["ntp", "192.0.2.1"], {"stratum": "3"}))
(check,) = config.settings.failover.checks
assert as_typed(check) == "ntp 192.0.2.1 123 --stratum 3", as_typed(check)
assert config_of(rows_of(config)) == imported(exported(config)) == config
assert [str(one) for one in field_changes(EMPTY, config)] == [
    "failover: checks: none → ntp 192.0.2.1 123 (highest stratum 3)"
]
fields = {one.name: one for one in check_fields(check_texts((check,)), 1)}
assert ("ntp", "Time server (ntp)") in [(one.value, one.label) for one in fields["checks.0.kind"].choices]
assert (fields["checks.0.stratum"].value, fields["checks.0.stratum"].kinds) == ("3", ("ntp",))
assert add_check(EMPTY, None, check_values(check_texts((check,)))[0]) == config
sheet = next(one.plain for one in Assets()._assets.values() if one.path.endswith("/panel.css"))
assert b'option[value="ntp"]:checked) .for.ntp { display: grid; }' in sheet
assert "Highest stratum** (ntp)" in with_tables("<!-- fields: Check -->\\n")
assert review(config, Facts()) == ()
(answer,) = asyncio.run(probe_once(check, Path(1, "lo", IPv4Address("127.0.0.1")), 1.0))
assert (answer.ok, answer.text) == (True, "reply in 3.0 ms")
"""


def test_a_class_and_its_prober_are_all_that_a_new_kind_needs(tmp_path: Path) -> None:
    for name in ("app", "static", "templates", "migrations"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    model = tmp_path / "app/model/check.py"
    text = model.read_text()
    assert text.count("\nCheck = Annotated[LinkCheck | ") == 1
    model.write_text(
        text.replace("\nCheck = Annotated[LinkCheck | ", f"{CLASS}\nCheck = Annotated[LinkCheck | NtpCheck | ")
    )
    (tmp_path / "app/probe/ntp.py").write_text(PROBER)
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
