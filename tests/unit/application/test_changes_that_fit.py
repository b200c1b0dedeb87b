"""What exercise 8c says of six changes is what a replay of an order finds."""

import shutil
from pathlib import Path
from typing import Any

import pytest

import workflow
from tests.unit.replay.recording import events_of
from tests.unit.samples import ORDER_ID, posted
from workshop.course.application import FINISHED
from workshop.exercises.checks.notebook_08 import CHANGES
from workshop.replay import save
from workshop.replay.process import replay_files

FRAUD = """\
    fraud = agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    if "needsReview" in fraud:
        review_order(ctx, order, fraud["score"])
"""
CREDIT = '    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))\n'
# module, what is there, what a colleague writes
EDITS = {
    "A": ("workflow", 'name="package-order"', 'name="pack-parcel"'),
    "B": ("workflow", '"WAREHOUSE_WAIT_SECONDS", "300"', '"WAREHOUSE_WAIT_SECONDS", "600"'),
    "C": ("workflow", FRAUD + CREDIT, CREDIT + FRAUD),
    "D": ("workflow", '"process-payment", config=PAYMENT', '"process-payment", config=PARTNER'),
    "E": ("money", "TAX_PERCENT = 8", "TAX_PERCENT = 9"),
    "F": ("workflow", CREDIT, f'    if order["totalCents"] > 100_000:\n    {CREDIT}'),
}


@pytest.fixture
def recorded(aws: Any, tmp_path: Path) -> Path:
    """The history of an order of 91.98 that was completed."""
    path = tmp_path / "completed.json"
    save(path, events_of(workflow.handler, {"orderId": ORDER_ID, **posted()}))
    return path


def test_each_change_fits_or_does_not_as_the_exercise_says(recorded: Path, tmp_path: Path) -> None:
    found = {}
    for letter, (module, old, new) in EDITS.items():
        changed = shutil.copytree(FINISHED.modules, tmp_path / letter) / f"{module}.py"
        text = changed.read_text(encoding="utf-8")
        assert text.count(old) == 1
        changed.write_text(text.replace(old, new), encoding="utf-8")
        (replayed,) = replay_files([recorded], changed.with_name("workflow.py"))
        found[letter] = replayed.fits
    assert found == {letter: fits for letter, (fits, _) in CHANGES.items()}
