"""Replay in a process of its own, where nothing of the code under test is imported yet.

Two versions of a module have one name, and a process holds only one of them.
"""

from __future__ import annotations

import importlib
import json
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workshop.errors import WorkshopError
from workshop.paths import ROOT
from workshop.replay.recording import load
from workshop.replay.replayer import Replayed, replay


def replay_files(paths: Sequence[Path], code: Path, handler: str = "handler") -> list[Replayed]:
    """Replay recorded histories against the code in a file; return what was found, in order.

    Raises:
        WorkshopError: The code cannot be imported, or a file is no history.
    """
    asked = [str(code.resolve()), handler, *(str(path.resolve()) for path in paths)]
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise WorkshopError(f"The replay failed: {lines[-1] if lines else 'it said nothing'}.")
    found: list[Replayed] = pickle.loads(done.stdout)  # noqa: S301 - of our own process
    return found


def main() -> None:
    """Replay what the standard input names, and write the results to the standard output."""
    path, name, *histories = json.load(sys.stdin)
    output, sys.stdout = sys.stdout.buffer, sys.stderr  # the code under test may print
    sys.path.insert(0, str(Path(path).parent))
    handler = getattr(importlib.import_module(Path(path).stem), name)
    output.write(pickle.dumps([replay(load(Path(each)), handler) for each in histories]))


if __name__ == "__main__":
    main()
