"""How often each kind of operation is retried: with a limit, and a growing, random delay.

Only technical faults are retried. A mistake in our own code fails at once, and a refusal is not an
exception at all. While an operation waits for its next attempt, no compute runs.
"""

from aws_durable_execution_sdk_python.config import Duration, JitterStrategy, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

from faults import Fault


def _retrying(
    attempts: int, first_seconds: int, longest_seconds: int, on: type[Exception] = Fault
) -> StepConfig:
    strategy = RetryStrategyConfig(
        max_attempts=attempts,
        initial_delay=Duration.from_seconds(first_seconds),
        max_delay=Duration.from_seconds(longest_seconds),
        backoff_rate=2,
        jitter_strategy=JitterStrategy.FULL,
        retryable_error_types=[on],
    )
    return StepConfig(retry_strategy=create_retry_strategy(strategy))


# Our own table: short delays, because it is soon available again.
STORE = _retrying(attempts=4, first_seconds=1, longest_seconds=5)
# A customer is waiting to hear about their card, so a few quick attempts.
PAYMENT = _retrying(attempts=4, first_seconds=1, longest_seconds=8)
# Warehouse and carrier serve many orders: more attempts, further apart.
WAREHOUSE = _retrying(attempts=5, first_seconds=2, longest_seconds=20)
# Scores, messages and points: an outside service like any other.
PARTNER = _retrying(attempts=4, first_seconds=2, longest_seconds=15)
# An undo must succeed, so it has the most attempts.
UNDO = _retrying(attempts=8, first_seconds=2, longest_seconds=60, on=Exception)
