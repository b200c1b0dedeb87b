"""A durable function with every kind of operation. Tests change its text and replay the result."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration, MapConfig, StepConfig
from aws_durable_execution_sdk_python.retries import RetryPresets
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision

LIMIT = 1_000
ONCE = StepConfig(retry_strategy=RetryPresets.none())
done: list[str] = []  # what was really executed


def doing(name, result=None):
    def run(_step):
        done.append(name)
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


@durable_execution
def handler(event, ctx: DurableContext):
    total = ctx.step(doing("price", event["total"]), name="price-order")
    ctx.step(doing("pay"), name="take-payment", config=ONCE)
    if total > LIMIT:
        ctx.step(doing("credit"), name="check-credit")
    ctx.wait(Duration.from_seconds(300), name="warehouse")
    picked: Any = ctx.map(event["items"], pick, name="pick-items", config=MapConfig())
    ctx.parallel([email, sms], name="notify")
    label = ctx.run_in_child_context(pack, name="pack-order")
    answer = ctx.wait_for_callback(ask, name="review")
    ctx.wait_for_condition(look, WaitForConditionConfig(enough, 0), name="carrier")
    ctx.step(doing("close"), name="close-order")
    return {"label": label, "picked": picked.get_results(), "answer": answer}
