"""What is an order, and what is wrong with it."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import check_order, is_email
from tests.unit.samples import item, posted

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(st.characters(codec=None, exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
NEARLY_ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "productId": st.text() | ANY_JSON,
        "name": st.text() | ANY_JSON,
        "quantity": st.integers(-1, 1001) | ANY_JSON,
        "price": st.decimals(-1, 1_000_001, places=2) | ANY_JSON,
        "colour": ANY_JSON,
    },
)
NEARLY_ORDERS = st.fixed_dictionaries(
    {},
    optional={
        "customerId": st.text() | ANY_JSON,
        "customerEmail": st.emails() | ANY_JSON,
        "customerPhone": ANY_JSON,
        "paymentToken": ANY_JSON,
        "items": st.lists(NEARLY_ITEMS | ANY_JSON, max_size=4) | ANY_JSON,
        "note": ANY_JSON,
    },
)


def problems(order: object) -> list[str]:
    return check_order(order)[1]


def test_a_sound_order_has_its_prices_in_cents_and_its_total() -> None:
    order, none = check_order(posted(item(), item(productId="b", price=10, quantity=1)))
    assert none == []
    assert order is not None
    assert [line["priceCents"] for line in order["items"]] == [4599, 1000]
    assert order["totalCents"] == 10198
    assert order["paymentToken"] == "tok_ok"


def test_unicode_is_welcome() -> None:
    assert not problems(
        posted(item(productId="naïve-☕", name="Ærøskøbing 灯 🪔"), customerId="Łódź")
    )


@pytest.mark.parametrize("price", [Decimal("45.990"), 1_000_000, Decimal("0.01"), 1e3])
def test_prices_of_at_most_two_decimals_are_fine(price: Any) -> None:
    assert not problems(posted(item(price=price)))


def test_every_problem_is_named_at_once() -> None:
    order = {
        "customerId": " ",
        "customerEmail": "nobody",
        "coupon": "X",
        "items": [{"quantity": 0, "price": -1, "size": "L"}, 7],
    }
    assert sorted(problems(order)) == sorted(
        [
            '"coupon" is not a field of an order',
            "customerId must not be blank",
            "customerEmail must be an email address",
            'items[0]: "size" is not a field of an item',
            "items[0].productId is missing",
            "items[0].name is missing",
            "items[0].quantity must be a whole number from 1 to 999",
            "items[0].price must be above 0 and at most 1,000,000.00",
            "items[1] must be an object with productId, name, quantity and price",
        ]
    )


@pytest.mark.parametrize("order", [None, [], "order", 1, True])
def test_only_an_object_is_an_order(order: object) -> None:
    assert problems(order) == ["the order must be a JSON object"]


def test_an_empty_object_lacks_all_that_is_required() -> None:
    missing = ["customerId is missing", "customerEmail is missing", "items is missing"]
    assert problems({}) == missing


@pytest.mark.parametrize("items", [[], None, {}, "lamp", 3])
def test_items_are_a_list_with_something_in_it(items: Any) -> None:
    assert problems(posted() | {"items": items}) == ["items must be a list of 1 to 50 items"]


def test_fifty_items_are_the_most() -> None:
    assert not problems(posted(*[item()] * 50))
    assert problems(posted(*[item()] * 51)) == ["items must be a list of 1 to 50 items, not 51"]


@pytest.mark.parametrize(
    "quantity", [0, -1, 1000, 10**30, 1.5, 2.0, Decimal("2.0"), "2", True, None, [], float("nan")]
)
def test_a_quantity_is_a_whole_number_from_1_to_999(quantity: Any) -> None:
    assert problems(posted(item(quantity=quantity))) == [
        "items[0].quantity must be a whole number from 1 to 999"
    ]


@pytest.mark.parametrize(
    ("price", "rule"),
    [
        (0, "must be above 0"),
        (-0.01, "must be above 0"),
        (1_000_000.01, "must be above 0 and at most"),
        (0.005, "must have at most two decimals"),
        ("45.99", "must be a number"),
        (False, "must be a number"),
        (None, "must be a number"),
    ],
)
def test_a_price_is_a_number_with_bounds(price: Any, rule: str) -> None:
    assert problems(posted(item(price=price)))[0].startswith(f"items[0].price {rule}")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("customerId", 7, "must be text"),
        ("customerId", "", "must not be blank"),
        ("customerId", "\u00a0\u200b", "must not be blank"),
        ("customerId", "x" * 65, "must have at most 64 characters"),
        ("customerId", "a\nb", "must not contain control characters"),
        ("customerId", "a\x00", "must not contain control characters"),
        ("customerId", "\ud800", "must not contain control characters or halves"),
        ("customerEmail", "ada@example", "must be an email address"),
        ("customerEmail", "ada @example.com", "must be an email address"),
        ("customerEmail", "a" * 250 + "@b.co", "must have at most 254 characters"),
        ("customerPhone", None, "must be text"),
        ("customerPhone", "call me", "must be a phone number"),
        ("paymentToken", "4111111111111111", "must be a token"),
        ("paymentToken", "tok_", "must be a token"),
        ("paymentToken", "tok_a b", "must be a token"),
    ],
)
def test_text_has_its_rules(field: str, value: Any, problem: str) -> None:
    assert [found.startswith(f"{field} {problem}") for found in problems(posted() | {field: value})]


def test_the_token_of_every_fault_is_a_valid_token() -> None:
    token = "tok_crash_before_generate-shipping-label"
    assert not problems(posted(paymentToken=token))


def test_an_unknown_field_is_quoted_safely() -> None:
    assert problems(posted() | {"\ud800\n" + "x" * 99: 1}) == [
        '"\\ud800\\n' + "x" * 58 + '" is not a field of an order'
    ]


@given(ANY_JSON)
def test_no_json_value_makes_the_check_raise(value: object) -> None:
    order, found = check_order(value)
    assert (order is None) == bool(found)


@given(NEARLY_ORDERS)
def test_nearly_right_orders_are_checked_or_named_wrong(value: dict[str, Any]) -> None:
    order, found = check_order(value)
    assert (order is None) == bool(found)
    for problem in found:
        problem.encode()  # can be sent and logged
    if order is not None:
        lines = [line["priceCents"] * line["quantity"] for line in order["items"]]
        assert order["totalCents"] == sum(lines) > 0
        json.dumps(order).encode()


@pytest.mark.parametrize(
    ("address", "answer"),
    [("ada@example.com", True), ("ada", False), (None, False), ("a\n@b.co", False)],
)
def test_a_message_can_be_sent_to_an_email_address(address: object, answer: bool) -> None:
    assert is_email(address) is answer
