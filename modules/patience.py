"""How long each kind of operation is retried: with a limit, and a growing, random delay.

Only technical faults are retried. A mistake in our own code fails at once, and a refusal is not an
exception at all. While an operation waits for its next attempt, no compute runs.
"""

import os

from aws_durable_execution_sdk_python.config import (
    Duration,
    JitterStrategy,
    StepConfig,
    WaitForCallbackConfig,
)
from aws_durable_execution_sdk_python.retries import (
    RetryDecision,
    RetryStrategyConfig,
    create_retry_strategy,
)

import store
from faults import Fault

PATIENT_FIRST_SECONDS = 2
PATIENT_LONGEST_SECONDS = 4 * 60 * 60
PARTNER_LONGEST_SECONDS = 30 * 60  # an order goes on half an hour after its partner, at the latest
# How long a partner may be away; without hours, an order fails after a few quick attempts.
PARTNER_HOURS = int(os.environ.get("PARTNER_PATIENCE_HOURS", "0"))
CALL_A_PERSON_AT = 13  # the attempt of an undo that comes after more than an hour, on average


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


def _partner(attempts: int, first_seconds: int, longest_seconds: int) -> StepConfig:
    """Return the patience with a partner: for hours, or else quick attempts."""
    if PARTNER_HOURS:
        return _for_hours(PARTNER_HOURS, longest_seconds=PARTNER_LONGEST_SECONDS)
    return _retrying(attempts, first_seconds, longest_seconds)


def attempts_of(hours: int, longest_seconds: int = PATIENT_LONGEST_SECONDS) -> int:
    """Return the number of attempts that last so many hours. Full jitter halves a delay."""
    attempts, waited_seconds, delay_seconds = 1, 0, PATIENT_FIRST_SECONDS
    while waited_seconds < hours * 60 * 60:
        waited_seconds += delay_seconds // 2
        delay_seconds = min(2 * delay_seconds, longest_seconds)
        attempts += 1
    return attempts


def _for_hours(
    hours: int, on: type[Exception] = Fault, longest_seconds: int = PATIENT_LONGEST_SECONDS
) -> StepConfig:
    attempts = attempts_of(hours, longest_seconds)
    patient = _retrying(attempts, PATIENT_FIRST_SECONDS, longest_seconds, on).retry_strategy

    def unless_not_ours(error: Exception, attempt: int) -> RetryDecision:
        if patient is None or isinstance(error, store.NotOurs):
            return RetryDecision.no_retry()
        return patient(error, attempt)

    return StepConfig(retry_strategy=unless_not_ours)


def _answered_within(seconds: int) -> WaitForCallbackConfig:
    """Return the patience with a person, who is asked by a write to our own table."""
    return WaitForCallbackConfig(
        timeout=Duration.from_seconds(seconds), retry_strategy=STORE.retry_strategy
    )


UNDO_HOURS = 96
# Nothing can be done for an order while our own table is away, so it waits for the table.
STORE = _for_hours(96)
# How long a person has to review an order, and how long whoever is asked when they do not.
REVIEW = _answered_within(int(os.environ.get("REVIEW_SECONDS", "72000")))
ESCALATION = _answered_within(int(os.environ.get("ESCALATION_SECONDS", "14400")))
# Waiting is free, so a partner that is away for two hours costs an order two hours, not its life.
# Quick attempts differ: a customer is waiting to hear about their card.
PAYMENT = _partner(attempts=4, first_seconds=1, longest_seconds=8)
# Warehouse and carrier serve many orders: more attempts, further apart.
WAREHOUSE = _partner(attempts=5, first_seconds=2, longest_seconds=20)
# Scores, messages and points: an outside service like any other.
PARTNER = _partner(attempts=4, first_seconds=2, longest_seconds=15)
# An order can end some hours later, but its customer should hear of it.
LAST_MESSAGE = _for_hours(4, on=Exception)
# An undo must succeed. It is still retried when a person was called long ago.
UNDO = _for_hours(UNDO_HOURS, on=Exception)
