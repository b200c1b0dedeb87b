"""A check says what happened, on which line and why, and what to do."""

# ruff: noqa: ISC004 - a piece of code may be longer than a line

from pathlib import Path

import pytest

from tests.notebooks.answers import answer, verdict
from tests.unit.own_app import own_app
from workshop.course import stages
from workshop.exercises.checks import notebook_10
from workshop.exercises.verdict import judge

CHOOSE_NUMBER = (
    'ctx.step(lambda _step: f"inv-{time.time_ns()}", name="choose-number", config=STORE)'
)
RESERVE = (
    '    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))\n'
)
BLOCK = '    with saga.undo("release-inventory", release_inventory(order)):\n    '
LEFT = "left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]"
FAILED_CALLBACK = """    except CallbackTimeoutError:
        return None
    except CallbackExternalError as error:
        raise Refused(f"the review failed: {error}", by="review-order") from None
"""

# exercise, a part of the solution, what the learner wrote instead, words of the message
CAUSES = {
    "12a: the pieces above ten": (
        "12a",
        "return quantity * DEPOSIT_CENTS_EACH",
        "return (quantity - DEPOSIT_FREE) * DEPOSIT_CENTS_EACH",
        "500",
    ),
    "12a: a float": (
        "12a",
        "return quantity * DEPOSIT_CENTS_EACH",
        "return quantity * 5.00 * 100",
        "float. DynamoDB refuses floats; keep amounts in cents, as whole numbers",
    ),
    "12a: computed and not stored": (
        "12a",
        '        depositCents=deposit_cents(request["quantity"]),\n',
        "",
        "no such fact",
    ),
    "1b: outside a step": (
        "1b",
        'ctx.step(thank_customer(event), name="thank-customer")',
        'partners.send_email(event["orderId"], event["customerEmail"], "thanks", "Thank you")',
        "run thank_customer with ctx.step",
    ),
    "2a: another key in each process": (
        "2a",
        "return f\"{order['orderId']}:charge\"",
        'return str(hash(order["orderId"]))',
        "made of something that differs",
    ),
    "2a: an error": ("2a", "order['orderId']}:charge", "order['order_id']}:charge", "KeyError: '"),
    "2a: a declined card that is charged": (
        "2a",
        '    if "declined" in charge:\n        return refused(charge["declined"])\n',
        "",
        "The reason is in charge: line 12 of the cell",
    ),
    "2a: a declined card that is raised": (
        "2a",
        'return refused(charge["declined"])',
        'raise ValueError(charge["declined"])',
        "ValueError: the card was declined",
    ),
    "1b: a step of another name": (
        "1b",
        "def thank_customer(",
        "def thank(",
        "your cell does not define it",
    ),
    "2b: prepared and not run": (
        "2b",
        'ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE)',
        "check_inventory(order)",
        "check-inventory is missing, and no line of the cell names it. Run it through ctx",
    ),
    "2b: another key": ("2b", "process_payment(order)", "process_payment({})", "KeyError: '"),
    "3b: a step without an argument": (
        "3b",
        'lambda _step: f"inv-{time.time_ns()}"',
        'lambda: f"inv-{time.time_ns()}"',
        "its function takes one argument",
    ),
    "3c: a line that is fine": (
        "3c",
        '{"A", "D", "F"}',
        '{"A", "D", "G"}',
        "G is no mistake: it runs a step",
    ),
    "3c: a line that is missing": ("3c", '{"A", "D", "F"}', '{"A", "D"}', "1 is missing."),
    "4b: raised": (
        "4b",
        "return refused(f\"damaged: {', '.join(dict.fromkeys(damaged))}\")",
        "raise ValueError(damaged)",
        "no answer, but",
    ),
    "4c: two slips in a name": (
        "4c",
        'name="package-order"',
        'name="pack-order"',
        "pack-order, generate-shipping-label. pack-order is there, and package-order is missing",
    ),
    "4c: without a name": (
        "4c",
        'name="package-order", config',
        "config",
        'the operation there has no name of its own. Give it name="package-order"',
    ),
    "4c: prepared and not run": (
        "4c",
        'ctx.step(package_order(order), name="package-order", config=WAREHOUSE)',
        "package_order(order)",
        "package-order is missing, and no line of the cell names it. Run it through ctx",
    ),
    "6b: never posted": ("6b", "key = new_key()", "return None", "never"),
    "7a: a slip": ("7a", "reversed(self._undos)", "reversed(self._undo)", "no attribute '_undo'"),
    "8a: the stock is not looked at": (
        "8a",
        '    assert partners.stock_left(["sku-mug"]) == before\n',
        "",
        "it passes, so it would not notice this mistake",
    ),
    "8a: a refund of any amount": (
        "8a",
        'assert money["refundedCents"] == money["chargedCents"]',
        'assert money["refundedCents"] > 0',
        "it passes, so it would not notice this mistake",
    ),
    "8a: a wrong amount": ("8a", "== 9934", "== 9198", "assert 9934 == 9198"),
    "8a: a slip": ("8a", 'money["refundedCents"]', 'money["refunded"]', "KeyError: 'refunded'"),
    "8a: a field that does not exist": (
        "8a",
        'process(customerId="cust-fraud")',
        'process(customer_id="cust-fraud")',
        "An order has no customer_id. It has customerEmail, customerId, customerPhone, items, ",
    ),
    "8b: a card that does not exist": (
        "8b",
        'f"tok_timeout_{name}"',
        '"tok_timeout_name"',
        "The test card 'tok_timeout_name' does not exist. There are tok_ok, tok_declined,",
    ),
    "8a: no test": ("8a", "def test_a_rejected", "def a_rejected", "pytest finds none"),
    "8b: the process dies": ("8b", "tok_timeout_", "tok_crash_after_", "its process ended"),
    "8c: a wait": ("8c", '"B": True', '"B": False', "a wait is found by its position and its name"),
    "8c: one left out": ("8c", '    "F": False,\n', "", "{'A': False"),
    "8c: a retry": ("8c", '"D": True', '"D": False', "does not compare how a step is retried"),
    "10a: the errors are not looked at": (
        "10a",
        "    picked.throw_if_error()\n",
        "",
        "A map does not raise. Call picked.throw_if_error()",
    ),
    "10a: the other context": (
        "10a",
        "return child.step(",
        "return ctx.step(",
        "Run one step named pick-item, by child.step",
    ),
    "10a: a step without its arguments": (
        "10a",
        'child.step(pick_item(order, item), name="pick-item", config=WAREHOUSE)',
        'child.step(pick_item, name="pick-item", config=WAREHOUSE)',
        "a step was prepared and not run. Pass pick_item(order, item) itself to child.step",
    ),
    "9a: the timeout is not caught": (
        "9a",
        "    except CallbackTimeoutError:\n        return None\n",
        "",
        "failed: the execution failed with",
    ),
    "9a: any answer": (
        "9a",
        "if not reviewing.approves(answer)",
        "if 'reject' in answer",
        "completed",
    ),
    "9a: both errors are silence": (
        "9a",
        FAILED_CALLBACK,
        "    except (CallbackTimeoutError, CallbackExternalError):\n        return None\n",
        "None means that nobody answered, and in 9b it asks a second person",
    ),
    "9a: a failed callback is a rejection": (
        "9a",
        'raise Refused(f"the review failed: {error}", by="review-order") from None',
        'return ""',
        "a person rejected the order. You use it for a rejection, too: raise Refused(…)",
    ),
    "9a: an exception that is not imported": (
        "9a",
        "except CallbackTimeoutError:",
        "except CallbackError:",
        "NameError: name 'CallbackError' is not defined",
    ),
    "9b: a rejection is escalated": (
        "9b",
        "    if answer is None:\n        answer",
        "    if not reviewing.approves(answer):\n        answer",
        "Ask the second person only if nobody answered: `answer is None`",
    ),
    "9b: an approval is escalated": (
        "9b",
        "    if answer is None:\n        answer",
        "    if answer is not None:\n        answer",
        "Ask the second person only if nobody answered: `answer is None`",
    ),
    "9b: an empty answer is escalated": (
        "9b",
        "    if answer is None:\n        answer",
        "    if not answer:\n        answer",
        "Ask the second person only if nobody answered: `answer is None`",
    ),
    "9b: the answer is dropped": (
        "9b",
        '        answer = ask_a_person(ctx, order, score, "escalate',
        '        ask_a_person(ctx, order, score, "escalate',
        "nobody reviewed the order in time. Does `answer` get what `ask_a_person` returns?",
    ),
    "9b: for ever": (
        "9b",
        "    if answer is None:\n        answer",
        "    while answer is None:\n        answer",
        "escalate-review is one operation too many",
    ),
    "9b: the limit of the first": (
        "9b",
        "ESCALATION)",
        "REVIEW)",
        "Give it ESCALATION, not REVIEW",
    ),
    "9b: the same name": (
        "9b",
        '"escalate-review"',
        '"review-order"',
        "review-order is there a second time, and escalate-review is missing",
    ),
    "10b: the default policy": (
        "10b",
        "completion_config=every_line, ",
        "",
        "Did the map end early? Give it a completion_config",
    ),
    "10b: raised": (
        "10b",
        "    ended = Counter(",
        "    outcome.throw_if_error()\n    ended = Counter(",
        "it fails with",
    ),
    "10b: lines from 0": ("10b", "item.index + 1:", "item.index:", "item.index from 0"),
    "10b: a hundred failures": (
        "10b",
        "tolerated_failure_percentage=100",
        "tolerated_failure_count=100",
        "Did the map end early?",
    ),
    "10b: failures among the statuses": (
        "10b",
        "Counter(outcome.get_results())",
        "Counter(item.result for item in outcome.all)",
        "with the result None. outcome.get_results() leaves them out",
    ),
    "10b: the whole error": (
        "10b",
        "item.error.message",
        "str(item.error)",
        "the whole ErrorObject",
    ),
    "10c: without the contexts": (
        "10c",
        "(3000 - 1) // 2",
        "2999",
        "How many does each line have",
    ),
    "10c: one left out": ("10c", '    "E": 200 // 20 * 8,\n', "", "{'A': 1499"),
    "11a: for every order": (
        "11a",
        'if order["createdAt"] >= "2027-01-01":',
        "if True:",
        "count-items",
    ),
    "11b: the wrong word": (
        "11b",
        '"E": "timeout"',
        '"E": "partner"',
        "the error of each invocation",
    ),
    "11b: no word": ("11b", '"A": "interrupted"', '"A": "crashed"', "crashed"),
    "11b: one left out": ("11b", '    "F": "renamed",\n', "", "'E': 'timeout'"),
    "11a: the year in a step of its own": (
        "11a",
        'if order["createdAt"] >= "2027-01-01":',
        'if ctx.step(lambda _step: order["createdAt"], name="year") >= "2027-01-01":',
        "An order in flight has fraud-check at position 5, so it does not fit",
    ),
    "11a: by the clock": (
        "11a",
        'if order["createdAt"] >= "2027-01-01":',
        'if __import__("datetime").datetime.now().year >= 2027:',
        'Does your condition read `order["createdAt"]`, or today\'s date?',
    ),
    "11a: from the table": (
        "11a",
        'if order["createdAt"] >= "2027-01-01":',
        'if store.load(order["orderId"])["createdAt"] >= "2027-01-01":',
        'table, on line 14 of the cell. The time in `order["createdAt"]` is checkpointed',
    ),
    "7c: no list": ("7c", '"tok_declined": []', '"tok_declined": None', "None"),
    "7c: a card left out": (
        "7c",
        '"tok_declined": []',
        '"tok_refused": []',
        "undone has no entry for tok_declined",
    ),
    "7c: in another order": (
        "7c",
        '["release-inventory", "refund-payment"],\n    "tok_down_f',
        '["refund-payment", "release-inventory"],\n    "tok_down_f',
        "the right steps, in a different order",
    ),
}

# exercise, a part of the solution, what the learner wrote instead, the line, words of the message
LINES = {
    "12a: an error in a step": (
        "12a",
        'depositCents=deposit_cents(request["quantity"])',
        'depositCents=deposit_cents(request["count"])',
        'request["count"]',
        "KeyError: 'count'",
    ),
    "10a: nothing returned": (
        "10a",
        "return child.step(",
        "child.step(",
        "child.step(",
        "pick returns None. Return what child.step returns",
    ),
    "10a: prepared and not run": (
        "10a",
        'child.step(pick_item(order, item), name="pick-item", config=WAREHOUSE)',
        "pick_item(order, item)",
        "return pick_item(",
        "a step was prepared and not run. Pass pick_item(order, item) itself to child.step",
    ),
    "10a: prepared in a step": (
        "10a",
        "child.step(pick_item(order, item),",
        "child.step(lambda _step: pick_item(order, item),",
        "lambda _step",
        "a step was prepared and not run. Pass pick_item(order, item) itself to child.step",
    ),
    "2b: a refusal that nobody reads": (
        "2b",
        'agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))',
        'ctx.step(process_payment(order), name="process-payment", config=PAYMENT)',
        "process_payment(order)",
        "process-payment refused the order, and the order went on with reserve-inventory: "
        "wrap that operation in agreed(…)",
    ),
    "2c: no first pause": (
        "2c",
        "Duration.from_seconds(1),",
        "Duration.from_seconds(0),",
        "from_seconds(0)",
        "0 s. initial_delay",
    ),
    "3a: any text": (
        "3a",
        'f"the total of {show(total_cents)} is not over 1,000.00"',
        '"because"',
        '"because"',
        "because. A person who reads the history later cannot see which rule applied",
    ),
    "3b: another order has it, too": (
        "3b",
        CHOOSE_NUMBER,
        "f\"inv-{order['createdAt']}\"",
        "createdAt']",
        "the millisecond of createdAt",
    ),
    "3b: the hash by its method": (
        "3b",
        CHOOSE_NUMBER,
        "f\"inv-{order['orderId'].__hash__()}\"",
        "__hash__()",
        "differs between invocations",
    ),
    "4a: asleep": (
        "4a",
        'ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")',
        "__import__('time').sleep(300)",
        ".sleep(300)",
        "calls time.sleep(300)",
    ),
    "4a: asleep for a moment": (
        "4a",
        'ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")',
        "__import__('time').sleep(1)",
        ".sleep(1)",
        "You pay for a function that sleeps",
    ),
    "4b: a list of statuses": (
        "4b",
        'store.advance(order["orderId"], "items-picked", "quality-checked", picks=picks)',
        'store.advance(order["orderId"], ["items-picked", "quality-checked"], picks=picks)',
        '["items-picked", "quality-checked"]',
        "store.advance takes statuses one by one",
    ),
    "4b: the limit itself": (
        "4b",
        'order["totalCents"] > EXPRESS_OVER_CENTS',
        'order["totalCents"] >= EXPRESS_OVER_CENTS',
        "EXPRESS_OVER_CENTS",
        "ExpressShip. See line",
    ),
    "4b: a label that is not stored": (
        "4b",
        'store.advance(order["orderId"], "awaiting-pickup", label=label)',
        'store.advance(order["orderId"], "awaiting-pickup")',
        '"awaiting-pickup"',
        "None. See line",
    ),
    "4c: a refusal that nobody reads": (
        "4c",
        'agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))',
        'ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE)',
        '"quality-check"',
        "quality-check refused the order, and the order went on with package-order",
    ),
    "4c: another config": (
        "4c",
        'name="package-order", config=WAREHOUSE',
        'name="package-order", config=STORE',
        '"package-order"',
        "Use config=WAREHOUSE",
    ),
    "5b: five minutes, whatever the template says": (
        "5b",
        "ctx.wait(CARRIER_WAIT,",
        "ctx.wait(Duration.from_minutes(3),",
        "carrier-pickup",
        "Use ctx.wait and CARRIER_WAIT",
    ),
    "5a: swapped": (
        "5a",
        'partners.add_points(order["orderId"], order["customerId"], points(order))',
        'partners.add_points(order["customerId"], order["orderId"], points(order))',
        "partners.add_points(",
        "order_id='cust-twice'",
    ),
    "5b: no reason": (
        "5b",
        'f"failed: {error.message}"',
        '"failed"',
        '"failed"',
        "failed",
    ),
    "5b: whatever leaves": (
        "5b",
        'except StepError as error:\n        notifications = dict.fromkeys(("email", "sms"), '
        'f"failed: {error.message}")',
        'except:\n        notifications = {"email": "failed", "sms": "failed"}',
        "except:",
        "Catch only StepError",
    ),
    "6a: an order that was closed": (
        "6a",
        "STATUSES[reached[-1]] if reached else 0",
        'STATUSES[order["status"]]',
        'STATUSES[order["status"]]',
        "KeyError: 'rejected'",
    ),
    "6b: a key for every attempt": (
        "6b",
        "            return post(order, key)\n        except",
        "            return post(order, new_key())\n        except",
        "key = new_key()",
        "make it once, before the loop",
    ),
    "9a: every exception is silence": (
        "9a",
        FAILED_CALLBACK,
        "    except Exception:\n        return None\n",
        "except Exception",
        "which also catches the SDK's own errors (notebook 05)",
    ),
    "9a: the other way round": (
        "9a",
        "if not reviewing.approves(answer)",
        "if reviewing.approves(answer)",
        "a person rejected the order",
        "rejected: a person rejected the order. See line",
    ),
    "11a: for one year": (
        "11a",
        'if order["createdAt"] >= "2027-01-01":',
        'if order["createdAt"][:4] == "2027":',
        'if order["createdAt"]',
        "See the condition on line 14 of the cell. It must hold for every year from 2027 on",
    ),
    "7a: the last one that failed": (
        "7a",
        LEFT,
        "left = []\n        for name, step in self._undos[::-1]:\n"
        "            if not self._ran(name, step):\n                left = [name]",
        "left = []",
        "left holds every undo that failed",
    ),
    "7a: registered after the work": (
        "7a",
        "self._undos.append((name, step))\n        try:\n            yield\n",
        "try:\n            yield\n            self._undos.append((name, step))\n",
        "_undos.append",
        "Register the undo before yield",
    ),
    "7b: registered after the work": (
        "7b",
        '    with saga.undo("refund-payment", refund_payment(order)):\n'
        "        agreed(ctx.step(process_payment(order), "
        'name="process-payment", config=PAYMENT))\n',
        "    agreed(ctx.step(process_payment(order), "
        'name="process-payment", config=PAYMENT))\n'
        '    with saga.undo("refund-payment", refund_payment(order)):\n'
        "        pass\n",
        'saga.undo("refund-payment"',
        "must hold the operation it undoes",
    ),
    "7b: one block in the other": (
        "7b",
        BLOCK + RESERVE,
        "    " + BLOCK + "    " + RESERVE,
        'saga.undo("release-inventory"',
        "both undos are dropped",
    ),
}


@pytest.mark.parametrize("mistake", CAUSES)
def test_a_check_names_the_cause_of_a_common_mistake(mistake: str) -> None:
    *attempt, words = CAUSES[mistake]
    assert words in verdict(*attempt).got


def test_12a_reads_the_operations_of_the_service_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = own_app(tmp_path, monkeypatch).file_of("service.workflow")
    workflow.parent.mkdir(parents=True)
    broken, mended = (c.text for c in stages.codes() if c.module == "service.workflow")
    workflow.write_text(broken, "utf-8")
    solved = stages.exercise("12a").cell
    found = judge("12a", solved)
    assert found.what == "the operations of my-work/shop/src/service/workflow.py"
    assert found.got == (
        "reserve, ask-deposit, hold, confirm. Run the cell above the exercise, which takes the "
        "step out"
    )
    workflow.write_text(mended, "utf-8")
    assert judge("12a", solved).passed


@pytest.mark.parametrize("letter", notebook_10.NUMBERS)
def test_10c_asks_for_what_was_forgotten_and_gives_no_number_away(letter: str) -> None:
    found = judge("10c", f'{stages.exercise("10c").cell}\nnumbers["{letter}"] = 7\n')
    assert found.what == f"numbers['{letter}']"
    assert found.got.startswith("7. ")
    assert not any(sign.isdigit() for sign in found.got[1:])


@pytest.mark.parametrize("mistake", LINES)
def test_a_check_names_the_line_of_a_mistake(mistake: str) -> None:
    *attempt, there, words = LINES[mistake]
    text = answer(*attempt)
    line = 2 + text[: text.index(there)].count("\n")  # the first line of the cell is its magic
    found = judge(attempt[0], text)
    assert not found.passed
    assert words in found.got
    assert f"line {line}" in found.got


def test_of_many_operations_only_those_around_the_difference_are_listed() -> None:
    found = verdict(*LINES["11a: for one year"][:3])
    assert found.expected == "…, reserve-inventory, count-items, fraud-check, …"
    assert found.got.startswith(
        "…, reserve-inventory, fraud-check, credit-check, …. count-items is"
    )


def test_an_error_names_the_order_it_happened_with() -> None:
    *attempt, _there, _words = LINES["6a: an order that was closed"]
    assert "received, validated, inventory-checked, rejected" in verdict(*attempt).what
