"""`python -m app.lab`: the lab's commands."""

from app.lab.commands import run

if __name__ == "__main__":
    run()
