"""Technical faults: how an operation meets them, and how the sandbox plays them.

`@operation(NAME)` decorates every step. It turns a database error into one sentence that names the
operation, writes that name into a refusal, and plays the faults an order can ask for with its
payment token (`triggers.py`; `testCard` in the history). That costs one read, in the first
operation, which is given only the order's id. In production, keep the first half.
"""

import os
from collections.abc import Callable
from functools import wraps
from inspect import signature
from time import sleep
from typing import Any, TypeVar, cast

from aws_durable_execution_sdk_python import StepContext
from botocore.exceptions import BotoCoreError, ClientError

import sandbox
import store
from triggers import test_card

TIMEOUTS = 2
SLOW_SECONDS = 1.2

Body = TypeVar("Body", bound=Callable[..., Any])


class Fault(Exception):
    """Something outside did not work. Trying again may help."""


def operation(name: str) -> Callable[[Body], Body]:
    """Decorate the body of a step whose first argument after the step context is the order."""

    def decorate(body: Body) -> Body:
        order_name = next(iter([*signature(body).parameters][1:]), "")

        @wraps(body)
        def guarded(step: StepContext, *given: Any, **named: Any) -> Any:
            order = given[0] if given else named.get(order_name, {})
            try:
                asked_for = Asked(order, name)
                asked_for.before()
                result = body(step, *given, **named)
                asked_for.after()
            except sandbox.NoAnswer as error:
                raise Fault(f"{name}: {error}") from None
            except (BotoCoreError, ClientError) as error:
                raise Fault(f"{name}: the database did not answer ({_code(error)})") from error
            if isinstance(result, dict) and "refused" in result:
                result["by"] = name  # from which the customer's reason follows
            return result

        return cast(Body, guarded)

    return decorate


class Asked:
    """Return the fault that this order's payment token asks for in this operation, if any."""

    def __init__(self, order: Any, name: str) -> None:
        known = _known(order)
        self._fault = known.get("testCard") or test_card(known.get("paymentToken"))
        self._order, self._name = order, name
        self._lost_answer = False

    def before(self) -> None:
        """Play what goes wrong before the work is done."""
        if self._fault == "slow":
            sleep(SLOW_SECONDS)
        if self._fault == f"down_{self._name}":
            raise sandbox.NoAnswer("the partner is down")
        if self._fault == f"crash_before_{self._name}":
            self._crash_once()
        if self._fault == f"timeout_{self._name}":
            calls = sandbox.count(self._order["orderId"], f"timeout#{self._name}")
            # The first answer is lost after the work, the second call never arrives: the
            # caller cannot tell the two apart, and must be right in both cases.
            self._lost_answer = calls == 1
            if 1 < calls <= TIMEOUTS:
                raise sandbox.NoAnswer("the partner did not answer in time")

    def after(self) -> None:
        """Play what goes wrong after the work is done, and before its checkpoint."""
        if self._lost_answer:
            raise sandbox.NoAnswer("the partner did not answer in time")
        if self._fault == f"crash_after_{self._name}":
            self._crash_once()

    def _crash_once(self) -> None:
        if sandbox.count(self._order["orderId"], f"crash#{self._name}") == 1:
            die()


def _known(order: dict[str, Any]) -> dict[str, Any]:
    """Return the stored order if this is only its id."""
    return order if order.keys() != {"orderId"} else store.load(order["orderId"]) or order


def die() -> None:
    """End this process at once, as a lost machine would: no exception, no clean-up."""
    os._exit(1)


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown error"))
    return type(error).__name__
