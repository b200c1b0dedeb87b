"""A durable function with every kind of operation. Tests change its text and replay the result."""

from typing import Any

from aws_durable_execution_sdk_python import (
    CallbackExternalError,
    DurableContext,
    StepError,
    WithRetryConfig,
    durable_execution,
    with_retry,
)
from aws_durable_execution_sdk_python.config import Duration, MapConfig, ParallelConfig, StepConfig
from aws_durable_execution_sdk_python.retries import RetryDecision, RetryPresets
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision

LIMIT = 1_000
COURIERS = 3
ONCE = StepConfig(retry_strategy=RetryPresets.none())
PAUSE = Duration.from_seconds(1)
ONE_BY_ONE: Any = MapConfig(max_concurrency=1)  # so that branches start in their order
done: list[str] = []  # what was really executed


def doing(name, result=None, fails=False):
    def run(_step):
        done.append(name)
        if fails:
            raise ValueError("no answer")
        return result

    return run


def pick(ctx: DurableContext, item: str, _index: int, _items: object) -> object:
    where = ctx.step(doing("find"), name="find-bin")
    return [ctx.step(doing("take", item), name="take-item"), where]


def email(ctx: DurableContext):
    return ctx.step(doing("email"), name="send-email")


def sms(ctx: DurableContext):
    return ctx.step(doing("sms"), name="send-sms")


def pack(ctx: DurableContext):
    ctx.step(doing("box"), name="choose-box")
    return ctx.step(doing("label", "1Z"), name="print-label")


def ask(callback_id, _ctx):
    done.append(f"ask {callback_id}")


def look(state, _ctx):
    done.append("look")
    return state + 1


def enough(state, _attempt):
    if state >= 2:
        return WaitForConditionDecision.stop_polling()
    return WaitForConditionDecision.continue_waiting(Duration.from_seconds(5))


def again(_error, attempt):
    return RetryDecision(attempt < COURIERS, PAUSE)


@durable_execution
def handler(event, ctx: DurableContext):
    def book(child: Any, attempt: int):
        is_away = attempt <= event.get("couriersAway", 0)
        return child.step(doing("book", "ups", is_away), name="ask-courier", config=ONCE)

    total = ctx.step(doing("price", event["total"]), name="price-order")
    try:
        ctx.step(doing("pay", None, "declined" in event), name="take-payment", config=ONCE)
    except StepError:
        ctx.step(doing("cancel"), name="cancel-order")
        return "cancelled"
    if total > LIMIT:
        ctx.step(doing("credit"), name="check-credit")
    ctx.step(doing("note"))
    ctx.wait(Duration.from_seconds(300), name="warehouse")
    picked: Any = ctx.map(event["items"], pick, name="pick-items", config=ONE_BY_ONE)
    ctx.parallel([email, sms], name="notify", config=ParallelConfig(max_concurrency=1))
    label = ctx.run_in_child_context(pack, name="pack-order")
    try:
        answer = ctx.wait_for_callback(ask, name="review")
    except CallbackExternalError:
        ctx.step(doing("refund"), name="refund-payment")
        return "refused"
    ctx.wait_for_condition(look, WaitForConditionConfig(enough, 0), name="carrier")
    price: Any = ctx.invoke("price:live", {"label": label}, name="ask-price")
    courier = with_retry(ctx, book, WithRetryConfig(retry_strategy=again), name="book-courier")
    ctx.step(doing("close"), name="close-order")
    return {
        "label": label,
        "picked": picked.get_results(),
        "answer": [answer, price, courier],
    }
