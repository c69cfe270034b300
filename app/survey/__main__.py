"""`python -m app.survey`: examines this machine once and prints the findings as JSON.

The worker has it done so, in a process of its own: a library that hangs, or a firewall of ten thousand rules, must not
hold up the loop. The words are what the worker was refused.
"""

import sys

from pydantic import TypeAdapter

from app.diagnosis.examine import examined
from app.diagnosis.machine import Worker
from app.model.finding import Finding
from app.paths import state_directory
from app.survey.machine import survey


def main() -> int:
    """Look, judge, print."""
    worker = Worker(runs=True, answers=True, refused=tuple(sys.argv[1:]))
    found = examined(survey(state_directory(), worker))
    sys.stdout.write(TypeAdapter(tuple[Finding, ...]).dump_json(found).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
