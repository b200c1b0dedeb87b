"""The Lambda layer: what the functions import, ready for upload."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from workshop import paths
from workshop.errors import WorkshopError
from workshop.setup.environments import LAYER
from workshop.setup.pythons import Python

LAMBDA_PYTHON = "3.13"
# The services whose clients boto3 can make in a function; the layer leaves out the others.
LAYER_SERVICES = {
    "dynamodb",
    "events",
    "kms",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
}
NOT_PURE = (".so", ".pyd", ".dylib")


def command(python: Python, installer: str) -> list[str]:
    """Return the command that fills the new Lambda layer."""
    shutil.rmtree(new_folder(), ignore_errors=True)
    LAYER.stamp.unlink(missing_ok=True)
    words = [installer, "pip", "install", "--no-deps", "--only-binary", ":all:"]
    words += ["--python", python.executable, "--python-version", LAMBDA_PYTHON]
    return [*words, "--target", str(new_folder()), "--requirements", str(LAYER.requirements)]


def new_folder() -> Path:
    """Return the folder in which the layer is made, before it moves to its place."""
    return paths.LAYER.with_name("layer.new") / "python"


def put_in_place(python: Path) -> None:
    """Move the new layer to where the template expects it; its bytes are always the same."""
    new = new_folder()
    for name in ("bin", "Scripts"):
        shutil.rmtree(new / name, ignore_errors=True)
    for path in [new / ".lock", *new.glob("*.dist-info/RECORD")]:  # holds paths of this machine
        path.unlink(missing_ok=True)
    compiled = [path.name for path in new.rglob("*") if path.suffix in NOT_PURE]
    if compiled:
        raise WorkshopError(
            f"The Lambda layer must be pure Python, and holds {', '.join(compiled)}.",
            "Remove what brings it from requirements/lambda.in and run `make lock`.",
        )
    forget_rare_services(new / "botocore" / "data")
    compile_bytecode(python, new)
    shutil.rmtree(paths.LAYER, ignore_errors=True)
    new.parent.replace(paths.LAYER)


def forget_rare_services(data: Path) -> None:
    """Remove botocore's models of services that an order system does not call.

    They are nine tenths of the layer. Without them it uploads and starts in a fraction of the time.
    """
    for service in [path for path in data.iterdir() if path.is_dir()]:
        if service.name not in LAYER_SERVICES:
            shutil.rmtree(service)


def compile_bytecode(python: Path, folder: Path) -> None:
    """Add bytecode, so that no function has to compile its dependencies when it starts.

    Bytecode with a hash of its source, not a time, is the same in every build, and valid in every
    folder. A Lambda runtime with another Python ignores it.
    """
    command = [str(python), "-m", "compileall", "-q", "-j", "0", "-s", str(folder)]
    command += ["--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.check_call(command, env={**os.environ, "PYTHONHASHSEED": "0"})
