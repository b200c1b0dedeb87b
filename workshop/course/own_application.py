"""What is given of the learner's application in `my-work/app/`: template, settings, layer, tests.

A file that is still as it was given is renewed when the repository's has changed. One that the
learner has changed is theirs, and is left alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from workshop import private
from workshop.course import application, stages
from workshop.paths import MY_WORK, REQUIREMENTS, ROOT

# What was given last, so that a learner's change can be told from a change of the repository.
GIVEN = MY_WORK / ".given"
README = """\
# Your order system

You built this application in the Durable Orders workshop. It is a whole SAM application: take the
folder anywhere. With AWS SAM CLI and the credentials of an AWS account, deploy it:

    sam deploy

`build/layer` holds the packages of the Lambda layer. To make them again:

    pip install --requirement requirements.txt --upgrade --target build/layer/python

Run your tests, which need no account and no network:

    pip install --requirement requirements-tests.txt
    pytest --ignore tests/test_replay.py

A replay test imports `workshop.replay`, so it also needs the workshop's repository in PYTHONPATH.
"""
SHARED_BY_TESTS = Path(__file__).with_name("given_tests")
TESTED_WITH = ("aws-durable-execution-sdk-python-testing", "moto", "pytest")


def bring() -> None:
    """Make what is missing of the learner's application, and renew what is as it was given."""
    app = application.YOURS
    old_packages = private.read(GIVEN / app.requirements.name)
    for path, text in _given_files():
        given = GIVEN / path.relative_to(app.folder)
        now, before = private.read(path), private.read(given)
        if now in (None, before) and now != text:
            private.write(path, text)
        if before != text:
            private.write(given, text)
    if old_packages != private.read(app.requirements) or not app.layer.is_dir():
        bring_layer(application.FINISHED.layer, app.layer)


def _given_files() -> Iterator[tuple[Path, str]]:
    app, finished = application.YOURS, application.FINISHED
    yield app.template, stages.read(finished.template)
    yield app.requirements, stages.read(finished.requirements)
    yield app.folder / "samconfig.toml", stages.read(ROOT / "samconfig.toml")
    yield app.folder / "README.md", README
    yield app.folder / "pytest.ini", stages.read(SHARED_BY_TESTS / "pytest.ini")
    yield app.folder / "requirements-tests.txt", _packages_of_tests()
    yield app.file_of("conftest"), stages.read(SHARED_BY_TESTS / "conftest.py")
    for module, text in stages.given().items():
        yield app.modules / f"{module}.py", text


def _packages_of_tests() -> str:
    """Return what the tests need, as pinned for the workshop."""
    pinned = stages.read(REQUIREMENTS / "workshop.txt").splitlines()
    own = [line for line in pinned if line.partition("==")[0] in TESTED_WITH]
    wanted = [line.replace("moto==", "moto[dynamodb]==") for line in own]
    return "\n".join([f"-r {application.YOURS.requirements.name}", *wanted, ""])


def bring_layer(source: Path, layer: Path) -> None:
    """Copy the packages, by links where the file system can: they are many and never change."""
    if not source.is_dir():
        return  # deploy() says how to make it
    draft = layer.with_name(f"layer.{os.getpid()}")
    private.folder(draft.parent)
    shutil.copytree(source, draft, copy_function=_link)
    shutil.rmtree(layer, ignore_errors=True)
    draft.replace(layer)


def _link(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)
