"""A file of orders is imported by a function of its own, with the rights that it needs."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

import order_import
from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS, Partners
from tests.integration.fates import is_balanced
from tests.integration.test_permissions import without
from workshop.aws import deployment
from workshop.aws.stack import Stack
from workshop.aws.target import Target
from workshop.orders import history

IMPORT = "ImportFunctionName"
GOOD, DECLINED = "cust-001,sku-mug,2,45.99,tok_ok", "cust-002,sku-mug,2,45.99,tok_declined"
BROKEN = "cust-003,sku-mug,two,45.99,tok_ok"
DOWN = "cust-004,sku-mug,2,45.99,tok_down_package-order"
# What the import is granted for itself, and what it cannot do without it. The right to read its
# state is needed from 5 MB on, and PlayFaults by what notebook 10 does to the function.
NEEDS = {
    "lambda:InvokeFunction": "ProcessOrders",
    "lambda:CheckpointDurableExecution": "CheckpointOwnExecutions",
}
Without = Callable[[str, str, str], AbstractContextManager[None]]
__all__ = ["without"]


@pytest.fixture(scope="module")
def stack(target: Target) -> Iterator[Stack]:
    """A stack of its own, with the import."""
    yield deployment.deploy(target, name="imports", parameters={"OrderImport": "ENABLED"})
    deployment.delete(target, name="imports")


def import_file(stack: Stack, name: str, *lines: str) -> str:
    """Import a file; return the ARN of the execution."""
    started = stack.target.client("lambda").invoke(
        FunctionName=stack.outputs["ImportAliasArn"],
        InvocationType="Event",
        DurableExecutionName=f"import-{secrets.token_hex(8)}",
        Payload=json.dumps({"name": name, "lines": lines}),
    )
    return str(started["DurableExecutionArn"])


def result(stack: Stack, arn: str) -> dict[str, Any]:
    """What an import returns: nothing if it failed."""

    def ended() -> history.Run | None:
        run = history.read(stack, arn)
        return run if run.state != "running" else None

    run = until(ended, "the end of the import", PATIENCE_SECONDS)
    return dict(run.execution.result or {})


def test_each_line_of_a_file_is_an_order_that_ends(stack: Stack) -> None:
    name = secrets.token_hex(8)
    found = result(stack, import_file(stack, name, GOOD, DECLINED, BROKEN, DOWN, GOOD))
    assert found["ended"] == {"completed": 2, "rejected": 1}
    assert found["failed"].keys() == {"3", "4"}
    ends = {
        line: is_balanced(stack, Partners(stack), order_import.order_id(name, line))
        for line in (1, 2, 4, 5)
    }
    assert ends == {1: "completed", 2: "rejected", 4: "failed", 5: "completed"}


def test_a_file_that_comes_twice_is_processed_once(stack: Stack) -> None:
    name = secrets.token_hex(8)
    first = result(stack, import_file(stack, name, GOOD))
    assert first["ended"] == {"completed": 1}
    assert result(stack, import_file(stack, name, GOOD))["ended"] == {"unchanged": 1}
    assert is_balanced(stack, Partners(stack), order_import.order_id(name, 1)) == "completed"


@pytest.mark.parametrize("action", NEEDS)
def test_without_any_one_action_no_order_is_imported(
    stack: Stack, without: Without, action: str
) -> None:
    with without(IMPORT, action, NEEDS[action]):
        found = result(stack, import_file(stack, secrets.token_hex(8), GOOD))
    assert "completed" not in found.get("ended", {})
