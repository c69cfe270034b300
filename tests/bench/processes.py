"""What a process of the lab used: processor time and resident memory, by /proc."""

import os
from pathlib import Path
from typing import Final

from lab.lab import Lab

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def pid_of(lab: Lab, role: str) -> int:
    """The process that plays this role in the lab's router now."""
    return next(one.pid for one in lab.record.router if one.role == role and one.alive)


def cpu_s(pid: int) -> float:
    """Processor time that it used so far, in user and kernel mode (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def resident_mb(pid: int) -> float:
    """Its resident memory in millions of bytes, without what it shares with nobody's benefit: VmRSS of proc(5)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6


def written_bytes(pid: int) -> int:
    """What it sent towards the disk (proc(5), write_bytes of io)."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
