"""The process in which modules are imported: `python -I -S -B import_process.py LAYER MODULES`.

It has only the layer and the standard library, as on Lambda. It prints a line of JSON for each
error that no setting of the function could correct: {file, line, error, missing}. It stops an
import that does not end: a loop by its CPU time, however busy the machine is, and a wait after a
long time. Its stack is then on stderr, after the word Timeout.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from types import ModuleType

CPU_SECONDS = 20  # the first module also loads the libraries
WAIT_SECONDS = 60
ENDLESS = "Timeout"  # as faulthandler has it


def main(layer: str, folder: Path) -> None:
    """Import every module in FOLDER."""
    sys.path[:0] = [str(folder), layer]
    cpu = CpuLimit()
    for path in sorted(folder.glob("*.py")):
        cpu.begin_again()
        faulthandler.dump_traceback_later(WAIT_SECONDS, exit=True)
        error = trouble(path.stem)
        if error and certain(error):
            print(json.dumps(describe(error, folder)))


class CpuLimit:
    """Ends this process if it takes too much CPU time after the last `begin_again`."""

    def __init__(self) -> None:
        self.begin_again()
        threading.Thread(target=self._look, daemon=True).start()

    def begin_again(self) -> None:
        """Count from here."""
        self._began = time.process_time()

    def _look(self) -> None:
        while time.process_time() - self._began < CPU_SECONDS:
            time.sleep(0.1)
        print(ENDLESS, file=sys.stderr, flush=True)
        faulthandler.dump_traceback()
        os._exit(1)


def trouble(module: str) -> BaseException | None:
    """Return what a module raises when it is imported. Discard what it prints."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            importlib.import_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may raise anything
        return error
    return None


def certain(error: BaseException) -> bool:
    """Return whether it would happen on Lambda, too, which sets variables that are not set here."""
    if isinstance(error, AttributeError):
        return isinstance(error.obj, ModuleType)
    return isinstance(error, (ImportError, NameError))


def describe(error: BaseException, folder: Path) -> dict[str, object]:
    """Return the place of the error in the modules, and Python's text with suggestions."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == folder]
    words = traceback.TracebackException.from_exception(error).format_exception_only()
    text = " ".join("".join(words).split()).replace(f" ({getattr(error, 'path', None)})", "")
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return {
        "file": Path(own[-1].filename).name if own else "",
        "line": own[-1].lineno if own else 0,
        "error": text,
        "missing": missing or "",
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
