"""Part of ./run check: every template must compile, and none may switch escaping off.

Run as `python -m tests.templates`; exits 1 and says which template and line.
"""

import re
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError

_TREE = Path(__file__).resolve().parent.parent
ROOTS = (_TREE / "templates", _TREE / "lab/page/templates")
# What PANEL.md forbids: unescaped output, and attributes that the content security policy would refuse.
FORBIDDEN = {
    r"\|\s*safe\b": "|safe",
    r"autoescape\s+false": "autoescape false",
    r"\sstyle\s*=": "a style attribute",
    r"\shx-on": "hx-on",
    r"\son[a-z]+\s*=": "an inline event handler",
    r"=\s*[\"']js:": "js:",
}


def findings() -> list[str]:
    """Every broken rule as `template:line: what`."""
    environment = Environment(loader=FileSystemLoader(ROOTS), undefined=StrictUndefined, autoescape=True)
    found = []
    for name in environment.list_templates(filter_func=lambda name: not name.startswith(".")):
        source = next(root / name for root in ROOTS if (root / name).exists()).read_text(encoding="utf-8")
        try:
            environment.parse(source, name=name)
        except TemplateSyntaxError as error:
            found.append(f"{name}:{error.lineno}: {error.message}")
        for number, line in enumerate(source.splitlines(), start=1):
            found += [f"{name}:{number}: {what}" for rule, what in FORBIDDEN.items() if re.search(rule, line)]
    return found


if __name__ == "__main__":
    problems = findings()
    print("\n".join(problems), file=sys.stderr)
    sys.exit(1 if problems else 0)
