"""The tests of the learner's application: run them, record orders, and replay them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from IPython.display import display

from workshop import escape
from workshop.aws import stack as stacks
from workshop.course import active_notebook, application
from workshop.display import Notice, notice
from workshop.errors import WorkshopError
from workshop.notebook import session
from workshop.notebook.results import Processed, id_of
from workshop.orders import history
from workshop.paths import ROOT
from workshop.replay import save
from workshop.replay.process import replay_files

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def run_tests(*options: str) -> None:
    """Run the tests in `my-work/app/tests/` with pytest, in a process of their own.

    `options` go to pytest, such as `"-k", "replay"`. A test can reach the deployed application: the
    variables PROCESSOR, ORDERS_TABLE and PARTNERS_TABLE name it.
    """
    active_notebook.expect_mine()
    print(pytest_says(application.YOURS.folder, _environment(), options))


def pytest_says(folder: Path, environment: Mapping[str, str], options: Sequence[str]) -> str:
    """Run pytest in a folder, in a process of its own; return what it prints."""
    quiet = {
        "PYTHONDONTWRITEBYTECODE": "1",  # SAM packages modules/ as it is
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # those of the workshop cost time
        "COLUMNS": "100",
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
        "PY_COLORS": "0",  # a kernel sets FORCE_COLOR, which pytest obeys before --color=no
    }
    talkative = ("PYTEST_CURRENT_TEST", "CI", "BUILD_NUMBER")  # with these, pytest says more
    kept = {name: value for name, value in environment.items() if name not in talkative}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--no-header", "--color=no", *options],
        cwd=folder,
        env=kept | quiet,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return escape.text(done.stdout.strip())


def record(order: Processed | str, name: str) -> None:
    """Save an order's history in `my-work/app/tests/histories/`, with what is personal replaced."""
    if not NAME.fullmatch(name):
        raise WorkshopError(
            f"'{name}' cannot be the name of a history.",
            "Use lowercase letters, digits and hyphens, such as completed.",
        )
    live, order_id = session.stack(), id_of(order)
    path = application.YOURS.tests / "histories" / f"{name}.json"
    save(path, history.read_events(live, history.arn_of(live, order_id)))
    where = path.relative_to(application.YOURS.folder).as_posix()
    display(notice(f"The history of this order is in {application.YOURS.name}/{where}."))


def replay(order: Processed | str) -> Notice:
    """Replay an order's history against the code in `my-work/app/`; nothing is executed."""
    live, order_id = session.stack(), id_of(order)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.json"
        save(path, history.read_events(live, history.arn_of(live, order_id)))
        (found,) = replay_files([path], application.YOURS.file_of("workflow"))
    return notice(*str(found).replace(f"{ROOT.as_posix()}/", "").splitlines())


def _environment() -> dict[str, str]:
    """Return the variables of the tests' process."""
    target = session.current_target()
    live = stacks.find(target) if target else None
    environment = dict(live.target.environment if live else os.environ)
    environment["PYTHONPATH"] = str(ROOT)
    if live:
        environment |= {
            "PROCESSOR": live.outputs["ProcessorAliasArn"],
            "ORDERS_TABLE": live.outputs["OrdersTableName"],
            "PARTNERS_TABLE": live.outputs["PartnersTableName"],
        }
    return environment
