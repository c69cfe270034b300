"""An echo on one port, for calls from outside; runs until asked to stop."""

import asyncio

from lab.inside import echo, report


async def serve(address: str, port: int) -> None:
    """Serve TCP and UDP until standard input is closed."""
    stopped = asyncio.Event()
    server = await echo.serve_tcp(address, port)
    echo.serve_udp(address, port)
    asyncio.get_running_loop().add_reader(report.STDIN, stopped.set)
    report.progress("ready")
    await stopped.wait()
    server.close()


def main() -> None:
    """Do the task of this process and report it."""
    task = report.task()
    asyncio.run(serve(task["address"], task["port"]))
    report.result(None)


if __name__ == "__main__":
    main()
