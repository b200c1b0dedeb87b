"""`lint`: check style, imports, types and the template."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from workshop import escape, paths

TYPED = ("workshop", "modules", "tests", "skeleton")


def run(arguments: list[str]) -> int:
    """Run every check, print what it finds, and return 1 if one found something."""
    parser = argparse.ArgumentParser("python -m workshop lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="fix what can be fixed")
    checks = commands(parser.parse_args(arguments).fix)
    results = [passes(name, command) for name, command in checks.items()]
    return 0 if all(results) else 1


def commands(fix: bool) -> dict[str, Sequence[str]]:
    """Return the command of each check, by name."""
    ruff = [sys.executable, "-m", "ruff"]
    typed = [name for name in TYPED if (paths.ROOT / name).is_dir()]
    checks: dict[str, Sequence[str]] = {
        "style": [*ruff, "check", "--quiet", *(["--fix"] if fix else []), "."],
        "format": [*ruff, "format", "--quiet", *([] if fix else ["--diff"]), "."],
        "imports": [str(paths.program("workshop", "lint-imports")), "--no-logo", "--no-cache"],
        "types": [sys.executable, "-m", "mypy", "--no-error-summary", *typed],
        "words": [sys.executable, "-m", "workshop.authoring.words"],
        "notebooks": [sys.executable, "-m", "workshop", "sync", "--check"],
    }
    if (paths.ROOT / "template.yaml").exists():
        sam = [str(paths.program("sam", "sam")), "validate", "--lint", "--region", "us-east-2"]
        checks["template"] = sam
    return checks


def passes(name: str, command: Sequence[str]) -> bool:
    """Run one check and print its line, with its output if it fails."""
    started = time.monotonic()
    environ = {**os.environ, "SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(paths.HOME / "sam")}
    done = subprocess.run(
        command,
        cwd=paths.ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    ok = done.returncode == 0
    if not ok:
        print(escape.text(done.stdout.rstrip()))
    seconds = time.monotonic() - started
    print(f"{'ok' if ok else 'problem':<8} {name}  ({seconds:.1f} s)", flush=True)
    return ok
