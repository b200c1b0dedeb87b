"""Exact money."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import money

CENTS = st.integers(min_value=1, max_value=100_000_000)
LARGEST_TOTAL_CENTS = 50 * 999 * 100_000_000


def test_a_price_becomes_cents() -> None:
    assert [money.to_cents(price) for price in (45.99, Decimal("45.990"), 7)] == [4599, 4599, 700]


@pytest.mark.parametrize("price", [True, None, "45.99", [1], {}])
def test_what_is_no_number_is_no_price(price: object) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        money.to_cents(price)


@pytest.mark.parametrize(
    "price",
    [
        *[0, -1, -0.0, 1_000_000.01, 10**4000, float("nan"), float("inf")],
        *[Decimal("1e999999"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")],
    ],
    ids=str,
)
def test_a_price_has_bounds(price: object) -> None:
    with pytest.raises(ValueError, match="above 0 and at most"):
        money.to_cents(price)


@pytest.mark.parametrize("price", [0.001, 45.999, Decimal("1e-999999"), Decimal("9.9900000001")])
def test_a_price_has_two_decimals(price: object) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        money.to_cents(price)


@given(CENTS)
def test_a_price_keeps_every_cent_through_json_and_back(cents: int) -> None:
    text = money.to_json(money.from_cents(cents))
    assert money.to_cents(json.loads(text)) == cents
    assert money.to_cents(json.loads(text, parse_float=Decimal)) == cents


@given(st.integers(min_value=0, max_value=LARGEST_TOTAL_CENTS))
def test_a_total_keeps_every_cent_in_json(cents: int) -> None:
    written = json.loads(money.to_json(money.from_cents(cents)), parse_float=Decimal)
    assert written == Fraction(cents, 100)


@given(st.integers(min_value=0, max_value=LARGEST_TOTAL_CENTS))
def test_tax_is_eight_percent_rounded_half_up(cents: int) -> None:
    exact = Fraction(cents * 8, 100)
    assert -Fraction(1, 2) < money.tax_cents(cents) - exact <= Fraction(1, 2)


def test_half_a_cent_of_tax_is_rounded_up() -> None:
    assert money.tax_cents(9198) == 736  # 735.84
    assert [money.tax_cents(cents) for cents in (6, 7, 1875)] == [0, 1, 150]


@given(st.lists(st.tuples(CENTS, st.integers(1, 999)), max_size=50))
def test_sums_do_not_depend_on_the_order_of_the_lines(lines: list[tuple[int, int]]) -> None:
    total = sum(cents * quantity for cents, quantity in lines)
    exact = sum(Fraction(money.from_cents(cents)) * quantity for cents, quantity in lines)
    assert Fraction(money.from_cents(total)) == exact


def test_people_read_amounts_with_separators() -> None:
    assert money.show(350_000) == "3,500.00"


def test_equal_values_give_equal_stable_text() -> None:
    assert money.to_json({"b": 1, "a": Decimal("1.00")}, stable=True) == '{"a":1.0,"b":1}'


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="set cannot be written"):
        money.to_json({1, 2})
