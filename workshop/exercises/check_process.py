"""The process of a check: `python -m workshop.exercises.check_process 1a FOLDER …`.

FOLDER holds the modules of the stage, the attempt among them. The verdict is written to
`verdict.json` beside them, so that the output of the attempt cannot disturb it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from workshop.exercises import catalogue, check_runner
from workshop.exercises.error_meanings import in_words
from workshop.exercises.expect import NotYet
from workshop.exercises.limits import Limits
from workshop.exercises.raised_errors import told


def main(
    exercise_id: str, folder: Path, attempt: str, cpu_seconds: float, wait_seconds: float
) -> None:
    """Check the attempt and write the verdict: {passed} or {what, expected, got}."""
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        check_runner.prepare()
        limits = Limits(folder, cpu_seconds, wait_seconds)
        catalogue.find(exercise_id).check(check_runner.CheckRunner(attempt, limits))
        verdict: dict[str, object] = {"passed": True}
    except NotYet as error:
        verdict = {"what": error.what, "expected": error.expected, "got": error.got}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the attempt may raise anything
        verdict = {
            "what": "your code",
            "expected": "to run to its end",
            "got": lost(error, attempt) or in_words(told(error, attempt)),
        }
    draft = folder / "verdict.draft"
    draft.write_text(json.dumps(verdict), encoding="utf-8")
    draft.replace(folder / "verdict.json")
    sys.stdout.flush()
    os._exit(0)  # threads of the runner may still wait


def lost(error: BaseException, attempt: str) -> str:
    """Say what the check needs and the attempt no longer has, if that caused the error."""
    if isinstance(error, AttributeError) and getattr(error.obj, "__name__", "") == attempt:
        return f"your cell has no {error.name} anymore; reset(…) brings it back"
    return ""


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]), float(sys.argv[5]))
