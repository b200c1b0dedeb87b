"""The learner's application is a whole one: plain `sam deploy` deploys it, wherever it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.integration.conftest import await_end
from workshop.aws import deployment, stack
from workshop.aws.target import Target
from workshop.course import application, own_application
from workshop.course.application import FINISHED, Application
from workshop.orders import client as orders
from workshop.paths import ROOT, program

NAME = "taken-away"


def printed_variables() -> dict[str, str]:
    """What `python -m workshop env` prints for a shell."""
    command = [sys.executable, "-m", "workshop", "env"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    pairs = (line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines())
    return {name: value.strip("'\"") for name, value in pairs}


def test_plain_sam_deploy_of_it_completes_an_order(
    target: Target, tmp_path: Path, monkeypatch
) -> None:
    folder = tmp_path / "elsewhere"
    monkeypatch.setattr(application, "YOURS", Application(folder, folder / "requirements.txt"))
    monkeypatch.setattr(own_application, "GIVEN", tmp_path / "given")
    own_application.bring()
    for module in FINISHED.modules.glob("*.py"):  # what the notebooks write, at their end
        shutil.copy(module, folder / "modules")
    done = subprocess.run(
        [str(program("sam", "sam")), "deploy", "--stack-name", NAME, "--no-confirm-changeset"],
        cwd=folder,
        env={**os.environ, **printed_variables(), "SAM_CLI_TELEMETRY": "0"},
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    deployed = stack.get(target, NAME)
    order_id = orders.submit(deployed, orders.example())
    assert await_end(deployed, order_id).status == "completed"
    assert deployment.delete(target, NAME)
