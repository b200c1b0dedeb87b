"""Many operations in one execution: steps in a row, or the items of a map."""

from typing import Any

from aws_durable_execution_sdk_python import BatchResult, DurableContext, durable_execution


@durable_execution
def handler(event: dict[str, int], ctx: DurableContext) -> int:
    """Run {steps} steps in a row and a map over {items} items; return how many there were."""
    steps = [ctx.step(lambda _step: 1, name=f"step-{n}") for n in range(event.get("steps", 0))]
    items = list(range(event.get("items", 0)))
    done: BatchResult[int] | None = ctx.map(items, _item, name="items") if items else None
    return len(steps) + (done.success_count if done else 0)


def _item(child: DurableContext, item: int, _index: int, _items: Any) -> int:
    return child.step(lambda _step: item, name="item")
