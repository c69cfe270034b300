"""The errors of a lab, worded for the user who typed the command.

LabError            base of all; the command line prints it in one line and exits with 2
 ├─ BadRequest      a name, cable or number that does not exist; the message lists existing ones
 ├─ AlreadyUp       a working lab of that name exists
 ├─ NotUp           no lab of that name exists
 └─ CommandFailed   a program that the lab runs failed; the message has its output
"""


class LabError(Exception):
    """Base of all errors of the lab."""


class BadRequest(LabError):
    """The request names something that does not exist."""


class AlreadyUp(LabError):
    """A working lab of that name exists."""


class NotUp(LabError):
    """No lab of that name exists."""


class CommandFailed(LabError):
    """A program failed; the message has its last output."""
