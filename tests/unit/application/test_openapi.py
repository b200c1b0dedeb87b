"""openapi.yaml says of an order what rules.py checks, and of a refusal what the API answers."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import contract
import problems
import rules
from order_body import BODY_BYTES
from status import describe
from tests.unit.samples import ORDER_ID, item, posted

ROOT = Path(__file__).resolve().parents[3]
OPENAPI = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]
ORDER, ITEM = SCHEMAS["NewOrder"], SCHEMAS["NewItem"]
TEXTS = [
    ("NewOrder", "customerId", "x"),
    ("NewOrder", "customerEmail", "x@example.com"),
    ("NewItem", "productId", "x"),
    ("NewItem", "name", "x"),
]


def is_valid(order: object) -> bool:
    return not rules.find_problems(order)


def test_the_fields_are_those_of_the_rules() -> None:
    assert set(ORDER["properties"]) == rules.ORDER_FIELDS
    assert set(ITEM["properties"]) == rules.ITEM_FIELDS


def test_a_review_is_described_as_the_rules_check_it() -> None:
    review = SCHEMAS["Review"]
    assert set(review["properties"]) == set(review["required"]) == rules.REVIEW_FIELDS
    (example,) = review["examples"]
    for name, longest in (("by", 64), ("note", 500)):
        assert review["properties"][name]["maxLength"] == longest
        for length, valid in ((longest, True), (longest + 1, False)):
            assert (not rules.find_review_problems(example | {name: "x" * length})) is valid
    for decision in [*review["properties"]["decision"]["enum"], "approved"]:
        valid = decision in review["properties"]["decision"]["enum"]
        assert (not rules.find_review_problems(example | {"decision": decision})) is valid


@pytest.mark.parametrize("schema", ["NewOrder", "NewItem"])
def test_required_is_what_the_rules_miss(schema: str) -> None:
    empty: Any = {} if schema == "NewOrder" else posted({})
    missing = {
        problem.pointer.rpartition("/")[2]
        for problem in rules.find_problems(empty)
        if problem.detail.endswith("is missing")
    }
    assert missing == set(SCHEMAS[schema]["required"])


@pytest.mark.parametrize(("schema", "name", "short"), TEXTS)
def test_texts_may_be_as_long_as_described(schema: str, name: str, short: str) -> None:
    longest = SCHEMAS[schema]["properties"][name]["maxLength"]
    for length, valid in ((longest, True), (longest + 1, False)):
        text = short.rjust(length, "x")
        order = posted(**{name: text}) if schema == "NewOrder" else posted(item(**{name: text}))
        assert is_valid(order) is valid


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("customerPhone", rules.PHONE), ("paymentToken", rules.PAYMENT_TOKEN)],
)
def test_patterns_are_those_of_the_rules(name: str, pattern: Any) -> None:
    assert ORDER["properties"][name]["pattern"] == f"^{pattern.pattern}$"


def test_numbers_have_the_limits_of_the_rules() -> None:
    assert ORDER["properties"]["items"]["maxItems"] == rules.MOST_ITEMS
    quantity, price = ITEM["properties"]["quantity"], ITEM["properties"]["price"]
    assert quantity["maximum"] == rules.MOST_UNITS
    for name, schema, step in (("quantity", quantity, 1), ("price", price, 0.01)):
        for least_or_most, beyond in (("minimum", -step), ("maximum", step)):
            limit = schema[least_or_most]
            assert is_valid(posted(item(**{name: limit})))
            assert not is_valid(posted(item(**{name: limit + beyond})))


def test_the_example_is_a_valid_order() -> None:
    assert all(map(is_valid, ORDER["examples"]))


def test_the_largest_body_is_named() -> None:
    assert f"larger than {BODY_BYTES // 1024} KB" in str(OPENAPI["components"]["responses"])


def test_statuses_and_fields_are_those_that_a_customer_sees() -> None:
    assert SCHEMAS["Status"]["enum"] == [*contract.STATUSES, *contract.CLOSED]
    order = {"orderId": ORDER_ID, "status": "", "createdAt": "", "lastUpdated": "", "timeline": []}
    assert SCHEMAS["Order"]["required"] == list(describe(order))


def test_every_type_of_a_problem_is_described() -> None:
    ours = {f"/problems/{kind}" for kind in problems.TYPES}
    described = set(SCHEMAS["Problem"]["properties"]["type"]["enum"])
    assert ours < described
    for kind in described - ours:  # what API Gateway answers by itself
        assert f'"type": "{kind}"' in TEMPLATE
