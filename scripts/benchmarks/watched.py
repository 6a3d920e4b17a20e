"""A command in processes of its own, and what they took."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took. CPU and memory are those of its process and of all that it started."""

    wall: float  # seconds
    cpu: float  # seconds of user and system time
    largest: int  # peak resident bytes of the largest process
    together: int  # the sum of the peaks of the processes that lived at the same time, at most
    code: int  # exit code


def spent(command: Sequence[str], folder: Path, said: Path, environment: Mapping[str, str]) -> Spent:
    """Run a command in ``folder`` to its end; what it says goes to the file ``said``."""
    began = time.monotonic()
    with said.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env=environment)
        largest = together = ended = 0
        while not ended:
            found = list(peaks(process.pid))
            largest, together = max(largest, *found, 0), max(together, sum(found))
            time.sleep(_LOOK)
            # Of the process and all that it waited for. Its memory is no use: it counts ours before exec.
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    return Spent(wall, used.ru_utime + used.ru_stime, largest, together, process.returncode)


def peaks(pid: int) -> Iterator[int]:
    """Peak resident bytes so far of a process and of its descendants that are alive."""
    for process in _family(pid):
        with suppress(OSError):
            lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
            yield from (int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def used(pid: int) -> float:
    """CPU seconds so far of a process, of its descendants that are alive, and of those they waited for."""
    ticks = 0
    for process in _family(pid):
        with suppress(OSError):
            text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
            ticks += sum(map(int, text.rpartition(")")[2].split()[11:15]))  # proc_pid_stat(5), 14 to 17
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[int]:
    """A process, and its descendants that are alive."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for t in threads for child in (t / "children").read_text(encoding="ascii").split()]
    except OSError:
        return
    yield pid
    for child in children:
        yield from _family(int(child))
