"""How long each kind of work is retried. While a step waits for its next attempt, nothing runs."""

from aws_durable_execution_sdk_python.config import Duration, JitterStrategy, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy


def _retrying(attempts: int, first_seconds: int, longest_seconds: int) -> StepConfig:
    strategy = RetryStrategyConfig(
        max_attempts=attempts,
        initial_delay=Duration.from_seconds(first_seconds),
        max_delay=Duration.from_seconds(longest_seconds),
        backoff_rate=2,
        jitter_strategy=JitterStrategy.FULL,
    )
    return StepConfig(retry_strategy=create_retry_strategy(strategy))


# Somebody waits for the result: minutes.
WORK = _retrying(attempts=6, first_seconds=2, longest_seconds=60)
# An undo must succeed: about two days.
UNDO = _retrying(attempts=60, first_seconds=5, longest_seconds=60 * 60)
