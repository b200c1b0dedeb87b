"""The packages of Lambda's Python runtime, for functions whose package and layers lack them.

They are those of the workshop's environment, in the versions that requirements/workshop.txt pins:
links to them take no time and no space.
"""

from __future__ import annotations

import importlib.metadata
import shutil
from pathlib import Path

from workshop import private

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html and
# https://docs.aws.amazon.com/lambda/latest/dg/durable-supported-runtimes.html
PACKAGES = (
    *("aws-durable-execution-sdk-python", "boto3", "botocore", "jmespath", "python-dateutil"),
    *("s3transfer", "six", "urllib3"),
)


def link(folder: Path) -> Path:
    """Return a folder with only these packages. It is made again when a version has changed."""
    sources = {
        file.parts[0]: Path(str(distribution.locate_file(file.parts[0])))
        for distribution in map(importlib.metadata.distribution, PACKAGES)
        for file in distribution.files or ()
        if file.parts[0] not in ("..", "__pycache__")
    }
    if not folder.exists() or {path.name for path in folder.iterdir()} != set(sources):
        shutil.rmtree(folder, ignore_errors=True)
        private.folder(folder)
        for name, source in sources.items():
            put(source, folder / name)
    return folder


def put(source: Path, target: Path) -> None:
    """Link a file or folder; copy it where links need rights, as on Windows."""
    try:
        target.symlink_to(source)
    except OSError:
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
