"""Deploys the template of a folder with the real SAM CLI."""

import subprocess
from pathlib import Path

from workshop.aws import stack
from workshop.aws.target import Target
from workshop.paths import program

OWN = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2", "COLUMNS": "300"}


def deploy(target: Target, folder: Path, name: str) -> dict[str, str]:
    """Deploy a folder's `template.yaml` as a stack of that name; return its outputs."""
    command = [str(program("sam", "sam")), "deploy", "--template-file", "template.yaml"]
    command += ["--stack-name", name, "--resolve-s3", "--capabilities", "CAPABILITY_IAM"]
    command += ["--no-confirm-changeset", "--region", target.region]
    environment = target.environment | OWN
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(stack.get(target, name).outputs)
