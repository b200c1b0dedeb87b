"""Turns the output of a failed pip or uv into one sentence that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

from workshop.errors import WorkshopError

# The first pattern that the log matches wins.
KNOWN = (
    (
        r"No module named '?(pip|ensurepip)",
        "this Python has no pip.",
        (
            "Install pip for it (on Debian and Ubuntu: `sudo apt install python3-pip`), "
            "or uv itself, and run this again."
        ),
    ),
    (
        r"No space left|not enough space|disk quota|os error 28|os error 112",
        "the disk is full.",
        "Free about 2 GB, or set WORKSHOP_HOME to a folder on another disk, and run this again.",
    ),
    (
        r"certificate|UnknownIssuer|SSLError",
        "the package index's certificate is not trusted here.",
        (
            "Set SSL_CERT_FILE to your organization's certificates "
            "(or UV_SYSTEM_CERTS=1 to use the system's), and run this again."
        ),
    ),
    (
        r"from versions: none|dns error|error sending request|connect|timed out|network|Temporary",
        "the package index cannot be reached.",
        (
            "Check the network (behind a proxy, set HTTPS_PROXY; for a mirror, PIP_INDEX_URL), "
            "and run this again."
        ),
    ),
    (
        r"Permission denied|Access is denied|os error 13|Read-only file system|os error 30",
        "you may not write to this folder.",
        "Make it yours, or set WORKSHOP_HOME to a folder of your own. Then run this again.",
    ),
    (
        r"No solution found|No matching distribution|was not found in the package registry",
        "the package index does not have a version that is needed.",
        "If it is a mirror, ask its administrator to update it.",
    ),
)


def explain(what: str, log: Path) -> WorkshopError:
    """Return the error for a failed step: WHAT failed, why according to LOG, and what to do."""
    known = diagnose(log.read_text(encoding="utf-8", errors="replace"))
    if known is None:
        return WorkshopError(f"{what}.", f"The reason is in {log}.")
    why, what_to_do = known
    return WorkshopError(f"{what}: {why}", f"{what_to_do} The full output is in {log}.")


def explain_system_error(error: OSError) -> Exception:
    """Return the error for a file that cannot be written; ERROR itself if it is unknown."""
    known = diagnose(str(error))
    if known is None:
        return error
    why, what_to_do = known
    where = f"Setup stopped at {error.filename}" if error.filename else "Setup stopped"
    return WorkshopError(f"{where}: {why}", what_to_do)


def diagnose(text: str) -> tuple[str, str] | None:
    """Return why something failed and what to do, if the text matches a known pattern."""
    found = (known[1:] for known in KNOWN if re.search(known[0], text, re.IGNORECASE))
    return next(found, None)
