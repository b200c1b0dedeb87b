"""Lambda's names for the ways in which a function's process ends."""

import signal
from pathlib import Path

COUNTS = Path("/proc/vmstat")  # of the kernel, on Linux


def end_of(status: int, *, out_of_memory: bool = False) -> tuple[str, str]:
    """Return Lambda's name for the end of a process, and its words for the exit status."""
    if status == 0:
        return "Runtime.ExitError", "Runtime exited without providing a reason"
    if status > 0:
        return "Runtime.ExitError", f"Runtime exited with error: exit status {status}"
    name = (signal.strsignal(-status) or str(-status)).partition(":")[0].lower()
    killed = out_of_memory and -status == signal.SIGKILL
    kind = "Runtime.OutOfMemory" if killed else "Runtime.ExitError"
    return kind, f"Runtime exited with error: signal: {name}"


def out_of_memory_kills() -> int:
    """Return how many processes the kernel has killed to free memory; 0 if it does not tell."""
    try:
        counts = COUNTS.read_text(encoding="ascii")
    except OSError:
        return 0
    found = [line.split()[1] for line in counts.splitlines() if line.startswith("oom_kill ")]
    return int(found[0]) if found else 0
