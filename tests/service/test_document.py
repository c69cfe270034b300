"""Out and in again: nothing is lost, nothing is believed."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from app.errors import InvalidConfig
from app.model.config import EMPTY, Config
from app.service.document import LONGEST, exported, imported
from tests.plan import paper
from tests.service.machine import refused
from tests.store.configs import configs

PAPER = paper.config()


def altered(**changes: Any) -> str:
    return json.dumps({**json.loads(exported(PAPER)), **changes})


@given(configs())
@settings(max_examples=60)
def test_every_configuration_comes_back_whole(config: Config) -> None:
    assert imported(exported(config)) == config


def test_its_first_version_is_read_for_ever() -> None:
    gateway = {"number": 2, "name": "DIGI", "interface": "eth2", "address": "172.17.0.2", "weight": 3}
    interface = {"name": "eth2", "role": "wan", "managed": True, "addresses": ["172.17.0.1/24"]}
    text = json.dumps(
        {"format": "multihome configuration", "version": 1, "interfaces": [interface], "gateways": [gateway]}
    )
    config = imported(text)
    assert (config.gateways[0].weight, str(config.gateways[0].ipv4.address)) == (3, "172.17.0.2")
    assert str(config.interfaces[0].addresses[0]) == "172.17.0.1/24"
    assert config.settings == EMPTY.settings


def test_it_says_what_it_is() -> None:
    document = json.loads(exported(PAPER))
    assert list(document) == ["format", "version", "interfaces", "gateways", "rules", "settings"]
    assert (document["format"], document["version"]) == ("multihome configuration", 2)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "[]", '"x"', "{}", '{"format": "something else"}'])
def test_what_is_no_such_document_is_refused(text: str) -> None:
    with pytest.raises(InvalidConfig):
        imported(text)


def test_a_later_version_and_unknown_fields_are_refused_by_name() -> None:
    with refused("version", "reads version 2 and before, the document has 3"):
        imported(altered(version=3))
    with refused("users"):
        imported(altered(users=[]))
    with pytest.raises(InvalidConfig, match="at most"):
        imported(" " * (LONGEST + 1))


def test_what_is_wrong_is_named_as_in_a_form() -> None:
    document = json.loads(exported(PAPER))
    document["gateways"][1]["weight"] = 1000
    with refused(r"gateways\.1\.weight"):
        imported(json.dumps(document))
    document["gateways"][1].update(weight=1, interface="eth0")
    with refused(r"gateways\.2\.interface", "does not have the role wan"):
        imported(json.dumps(document))
