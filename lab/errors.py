"""What can go wrong with a lab, in words for the person who typed the command.

LabError            everything below; the command line prints it in one line and exits with 2
 ├─ BadRequest      a name, cable or number that does not exist; says which ones do
 ├─ AlreadyUp       the lab of that name stands and works
 ├─ NotUp           there is no lab of that name
 └─ CommandFailed   a program the lab relies on said no; carries what it printed
"""


class LabError(Exception):
    """Base of everything the lab reports."""


class BadRequest(LabError):
    """The request names something that is not there."""


class AlreadyUp(LabError):
    """A working lab of that name exists."""


class NotUp(LabError):
    """No lab of that name exists."""


class CommandFailed(LabError):
    """A program exited with an error; its last words are in the message."""
