"""What an error means that many people meet: the SDK's and Python's words, and what to do."""

from __future__ import annotations

from workshop.orders.history import short_error

MEANINGS = {
    "function is not JSON serializable": "a step was prepared and not run. The context runs it, "
    "with ctx.step(…)",
    "has no attribute 'sub_type'": "config takes the StepConfig itself, such as WAREHOUSE, and no "
    "text",
    "Unsupported type: <class 'function'>": "a step was prepared and not run. The context "
    "runs it, with its arguments: ctx.step(validate_order(event), …)",
    "takes 0 positional arguments but 1 was given": "the context hands a step its own context, "
    "so its function takes one argument, as in lambda _step: …",
    "has no attribute 'to_seconds'": "a time is a Duration, such as Duration.from_seconds(300)",
    "'RetryStrategyConfig' object is not callable": "a StepConfig takes a strategy, which "
    "create_retry_strategy(…) makes of a RetryStrategyConfig",
    "'type' object is not iterable": "retryable_error_types is a list, such as [Fault]",
    "unhashable type: 'list'": "a list cannot be looked up in a dictionary. store.advance takes "
    'statuses one by one, as in store.advance(order_id, "items-picked", "quality-checked")',
}


def in_words(error: str) -> str:
    """Return an error, with its meaning if it is one that many people meet first."""
    error = short_error(error)
    for sign, meaning in MEANINGS.items():
        if sign in error:
            return f"{error}: {meaning}"
    return error
