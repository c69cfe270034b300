"""The configuration as one JSON document for export and import: no users, no secrets, no history."""

import json
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from app.errors import FieldError, InvalidConfig
from app.model.complaints import field_errors
from app.model.config import Config
from app.model.consistency import require_consistent

FORMAT: Final = "multihome configuration"
# It changes when a program of before would misunderstand the document.
VERSION: Final = 2
# Those of before are read as well: 1 had the fields of an ISP's leg in the ISP itself (app/model/leg.py).
_READ: Final = (1, VERSION)
# 127 gateways with 8 checks each and 1,000 rules with as many ports as they may have, and some.
LONGEST: Final = 4_000_000

_CONFIG: Final = TypeAdapter(Config)


def exported(config: Config) -> str:
    """The document, indented for people, the same for the same configuration."""
    content = _CONFIG.dump_python(config, mode="json")
    return json.dumps({"format": FORMAT, "version": VERSION, **content}, indent=2, ensure_ascii=False) + "\n"


def imported(text: str) -> Config:
    """The configuration that a document holds; what it leaves out is as by default.

    Raises InvalidConfig with everything that is wrong, each under the path that a form knows.
    """
    document = _document(text)
    content = {name: value for name, value in document.items() if name not in {"format", "version"}}
    try:
        config = _CONFIG.validate_python(content)
    except ValidationError as error:
        raise field_errors(error) from error
    require_consistent(config)
    return config


def _document(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise InvalidConfig(FieldError("", f"a configuration has at most {LONGEST} characters, this has {len(text)}"))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidConfig(FieldError("", f"this is not a JSON document: {error}")) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidConfig(FieldError("format", f'this is not a configuration of Multihome ("format": "{FORMAT}")'))
    version = document.get("version")
    if version not in _READ:
        raise InvalidConfig(
            FieldError("version", f"this program reads version {VERSION} and before, the document has {version!r}")
        )
    return document
