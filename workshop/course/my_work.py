"""What belongs to the learner: attempts, progress, and copies of what was replaced.

All of it is in `my-work/`, which no command of the workshop ever removes.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from workshop import private
from workshop.course import application, stages
from workshop.errors import WorkshopError
from workshop.paths import MY_WORK, ROOT

HOME = MY_WORK


def attempt(exercise_id: str) -> str | None:
    """Return what the learner last wrote for an exercise; None if the cell is untouched."""
    path = _attempt_path(exercise_id)
    try:
        return stages.read(path) if path.exists() else None
    except (OSError, UnicodeDecodeError):
        raise WorkshopError(
            f"Your answer in {path.relative_to(ROOT)} cannot be read.",
            f'Fix that file, or set it aside: reset("{exercise_id}")',
        ) from None


def keep_attempt(exercise_id: str, text: str) -> bool:
    """Keep what the learner wrote; return False if the cell is untouched.

    An untouched cell does not replace an earlier answer. An answer is copied before another
    replaces it.
    """
    path = _attempt_path(exercise_id)
    if is_untouched(exercise_id, text):
        return path.exists()
    former = private.read(path)
    if former is not None and _bare(text) != _bare(former):
        path.replace(_copy_path(f"exercise-{exercise_id}"))
    private.write(path, text)
    return True


def is_untouched(exercise_id: str, text: str) -> bool:
    """Return whether this is the exercise's cell as it was at first."""
    return _bare(text) == _bare(stages.exercise(exercise_id).starter)


def forget_attempt(exercise_id: str) -> Path | None:
    """Set the attempt aside; return the path of its copy, or None. A pass stays."""
    path = _attempt_path(exercise_id)
    if not path.exists():
        return None
    copy = _copy_path(f"exercise-{exercise_id}")
    path.replace(copy)
    return copy


def keep_copy(module: str) -> Path | None:
    """Copy a module before it is replaced; return None if its text is the workshop's own."""
    path = application.YOURS.file_of(module)
    text = private.read(path)
    if text is None or text in stages.known_versions(module) or is_passed_text(module, text):
        return None
    copy = _copy_path(module)
    private.write(copy, path.read_bytes())
    return copy


def passed(exercise_id: str) -> bool:
    """Return whether the attempt, as it is now, has passed its check."""
    text = attempt(exercise_id)
    return text is not None and progress()["passed"].get(exercise_id) == digest(text)


def has_passed(exercise_id: str) -> bool:
    """Return whether an attempt has passed, even if it was changed or set aside since."""
    return exercise_id in progress()["passed"]


def was_tried(exercise_id: str) -> bool:
    """Return whether an attempt exists, or the copy of one that was set aside."""
    copies = (HOME / "copies").glob(f"*-exercise-{exercise_id}*.py")
    return attempt(exercise_id) is not None or any(copies)


def note_passed(exercise_id: str, text: str) -> None:
    """Remember that exactly this text passed."""
    _change(lambda progress: progress["passed"].update({exercise_id: digest(text)}))


def is_passed_text(module: str, text: str) -> bool:
    """Whether a module's text is an attempt of the learner's that is kept anyway."""
    exercises = [code for code in stages.codes() if code.module == module and code.exercise]
    return any(whole_attempt(code) == text for code in exercises)


def whole_attempt(code: stages.Code) -> str | None:
    """Return the whole module with the learner's answer in it; None without a Python answer."""
    text = attempt(code.exercise)
    try:
        return None if text is None else code.whole(text)
    except SyntaxError:
        return None


def hints_shown(exercise_id: str) -> int:
    """Return how many hints the learner has asked for."""
    return int(progress()["hints"].get(exercise_id, 0))


def note_hint(exercise_id: str, shown: int) -> None:
    """Remember how many hints were shown."""
    _change(lambda progress: progress["hints"].update({exercise_id: shown}))


def progress() -> dict[str, dict[str, Any]]:
    """Return {passed: {exercise: digest}, hints: {exercise: shown}}; empty if missing or broken."""
    try:
        found = json.loads(stages.read(HOME / "progress.json"))
        return {"passed": dict(found["passed"]), "hints": dict(found["hints"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {"passed": {}, "hints": {}}


def digest(text: str) -> str:
    """Return a short fingerprint of a text, without blank lines at its end."""
    return sha256(_bare(text).encode()).hexdigest()[:16]


def _change(change: Any) -> None:
    now, path = progress(), HOME / "progress.json"
    broken = not any(now.values()) and path.exists() and path.read_bytes() != _dump(now).encode()
    if broken:
        path.replace(place_for_copy(HOME, "progress.json"))
    change(now)
    private.write(path, _dump(now))


def _dump(progress: dict[str, dict[str, Any]]) -> str:
    return json.dumps(progress, indent=1, sort_keys=True) + "\n"


def _attempt_path(exercise_id: str) -> Path:
    return HOME / "attempts" / f"{exercise_id}.py"


def _copy_path(name: str) -> Path:
    return place_for_copy(HOME, f"{name}.py")


def place_for_copy(home: Path, name: str) -> Path:
    """Return a path in `copies/` with the time in its name that no other copy has."""
    path = private.folder(home / "copies") / f"{_now()}-{name}"
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def _now() -> str:
    return datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")


def _bare(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
