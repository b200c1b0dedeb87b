"""A test card with a slip of the pen in its name is told, and not taken for a good one."""

import shutil
from pathlib import Path

import pytest

from tests.unit.own_app import own_app
from workshop.course.application import FINISHED
from workshop.errors import WorkshopError
from workshop.orders import client as orders
from workshop.orders import tokens

GOOD = [
    "tok_ok",
    "tok_declined",
    "tok_slow",
    "tok_timeout_ship-order",
    "tok_crash_after_pick-items",
]


@pytest.mark.parametrize("token", GOOD)
def test_a_card_of_the_table_is_known(token: str) -> None:
    tokens.check(token)


def test_a_card_may_name_an_operation_of_the_learners_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = own_app(tmp_path, monkeypatch)
    shutil.copytree(FINISHED.modules, app.modules)
    with pytest.raises(WorkshopError):
        tokens.check("tok_timeout_gift-wrap")
    (app.modules / "gift.py").write_text('@operation("gift-wrap")\ndef wrap(): ...\n')
    tokens.check("tok_timeout_gift-wrap")


@pytest.mark.parametrize("token", [None, 4, ["tok_ok"]])
def test_what_is_no_name_at_all_is_left_to_the_api(token: object) -> None:
    tokens.check(token)


@pytest.mark.parametrize(
    ("token", "meant"),
    [
        ("tok_delcined", "tok_declined"),
        ("tok_timeout_proces-payment", "tok_timeout_process-payment"),
    ],
)
def test_any_other_is_refused_with_the_nearest(token: str, meant: str) -> None:
    with pytest.raises(
        WorkshopError, match=f"The test card '{token}' does not exist. Did you mean '{meant}'"
    ):
        tokens.check(token)


def test_one_that_is_like_no_other_is_refused_with_the_way_to_the_table() -> None:
    with pytest.raises(WorkshopError, match="show_code"):
        orders.submit(None, orders.example(payment_token="gold"))  # type: ignore[arg-type]


def test_no_card_is_known_twice() -> None:
    assert len(tokens.known()) == len(set(tokens.known()))
