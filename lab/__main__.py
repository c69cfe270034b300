"""`python -m lab`: the lab's commands."""

from lab.commands import run

if __name__ == "__main__":
    run()
