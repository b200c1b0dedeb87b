"""The packages of Lambda's Python runtime, for functions whose package and layers lack them.

They are those of the workshop's environment, in the versions that requirements/workshop.txt pins:
links to them take no time and no space.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from workshop import private

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html and
# https://docs.aws.amazon.com/lambda/latest/dg/durable-supported-runtimes.html
PACKAGES = (
    *("aws-durable-execution-sdk-python", "boto3", "botocore", "jmespath", "python-dateutil"),
    *("s3transfer", "six", "urllib3"),
)


def link(folder: Path) -> Path:
    """Return a folder below this one with only these packages, another for other versions.

    It appears in one move, because several processes may ask for it at once, and it is never
    changed, because functions import from it.
    """
    sources = {
        name: Path(str(distribution.locate_file(name)))
        for distribution in map(importlib.metadata.distribution, PACKAGES)
        for name in top_level(distribution)
    }
    made = folder / sha256(repr(sorted(sources.items())).encode()).hexdigest()[:16]
    if not made.exists():
        private.folder(folder)
        half = Path(tempfile.mkdtemp(dir=folder))
        for name, source in sources.items():
            put(source, half / name)
        try:
            half.rename(made)
        except OSError:  # another process was faster
            shutil.rmtree(half)
    return made


def top_level(distribution: importlib.metadata.Distribution) -> set[str]:
    """Return what a package has installed beside others.

    Its record is read as text: `files` makes an object of each of botocore's 2,000 lines, which a
    start would wait for.
    """
    lines = (distribution.read_text("RECORD") or "").splitlines()
    names = {re.split("[/,]", line, maxsplit=1)[0] for line in lines}
    return names - {"..", "__pycache__"}


def put(source: Path, target: Path) -> None:
    """Link a file or folder; copy it where links need rights, as on Windows."""
    try:
        target.symlink_to(source)
    except OSError:
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
