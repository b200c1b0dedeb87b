"""The checks accept every right way, and none that only looks right."""

# ruff: noqa: ISC004 - a piece of code may be longer than a line

import pytest

from tests.notebooks.answers import verdict

CHOOSE_NUMBER = (
    'ctx.step(lambda _step: f"inv-{time.time_ns()}", name="choose-number", config=STORE)'
)

SINCE = 'order["createdAt"] >= "2027-01-01"'
RIGHT = {
    "3c: a text": ("3c", '{"A", "D", "F"}', '"A, D, F"'),
    "2a: by a hash of their own": (
        "2a",
        "return f\"{order['orderId']}:charge\"",
        'return hash(order["orderId"])\n\n\ndef hash(text):\n    return "charge-" + text',
    ),
    "3a: the reason by the limit": (
        "3a",
        'f"the total of {show(total_cents)} is not over 1,000.00"',
        '"not above 1000"',
    ),
    "3b: the name of the execution": (
        "3b",
        CHOOSE_NUMBER,
        'f"inv-{ctx.execution_context.durable_execution_arn}"',
    ),
    "3c: a text without commas": ("3c", '{"A", "D", "F"}', '"ADF"'),
    "3c: a text with a word": ("3c", '{"A", "D", "F"}', '"A, D and F"'),
    "4a: the name without its keyword": (
        "4a",
        'ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")',
        'ctx.wait(duration=WAREHOUSE_WAIT, name="warehouse-" + "processing")',
    ),
    "4b: two writes, one after the other": (
        "4b",
        'store.advance(order["orderId"], "items-picked", "quality-checked", picks=picks)',
        'store.advance(order["orderId"], "items-picked", picks=picks)\n'
        '    store.advance(order["orderId"], "quality-checked")',
    ),
    "4b: asked with a keyword": (
        "4b",
        'is_damaged(pick["productId"])',
        'is_damaged(product_id=pick["productId"])',
    ),
    "4b: the limit the other way round": (
        "4b",
        '"ExpressShip" if order["totalCents"] > EXPRESS_OVER_CENTS else "StandardShip"',
        '"StandardShip" if order["totalCents"] <= 50_000 else "ExpressShip"',
    ),
    "4c: by position": (
        "4c",
        'ctx.step(package_order(order), name="package-order", config=WAREHOUSE)',
        'ctx.step(package_order(order), "package-order", WAREHOUSE)',
    ),
    "5a: by a division that is rounded down": (
        "5a",
        'order["totalCents"] // 1000',
        'int(order["totalCents"] / 1000)',
    ),
    "5b: with a line in the log": (
        "5b",
        "    # Phase 5: shipping\n",
        '    ctx.logger.info("packed")\n    # Phase 5: shipping\n',
    ),
    "5b: the step by its keyword": (
        "5b",
        "ctx.step(ship_order(order, label), name",
        "ctx.step(func=ship_order(order, label), name",
    ),
    "5b: the order by its keyword": (
        "5b",
        "send_notifications(order, shipment)",
        "send_notifications(shipment=shipment, order=order)",
    ),
    "5b: more facts": (
        "5b",
        'notifications = dict.fromkeys(("email", "sms"), f"failed: {error.message}")',
        'notifications = {"email": "failed", "sms": "failed", "why": error.message}',
    ),
    "5b: other words": ("5b", "failed: {error.message}", "not possible: {error}"),
    "6a: without from_cents": (
        "6a",
        "from_cents(int(total_cents))",
        "(total_cents / 100).quantize(type(total_cents)('0.01'))",
    ),
    "6b: a loop with a count": (
        "6b",
        "    for _attempt in range(4):\n        try:\n            return post(order, key)\n"
        "        except ConnectionError:\n            continue\n    return post(order, key)",
        "    attempt = 1\n    while True:\n        try:\n            return post(order, key)\n"
        "        except ConnectionError:\n            attempt += 1\n"
        "            if attempt > 5:\n                raise",
    ),
    "7a: a loop": (
        "7a",
        "left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]",
        "left = []\n        for name, step in self._undos[::-1]:\n"
        "            if not self._ran(name, step):\n                left.append(name)",
    ),
    "6b: with a pause between two attempts": (
        "6b",
        "            continue\n",
        "            __import__('time').sleep(2)\n",
    ),
    "7c: tuples": (
        "7c",
        '["release-inventory", "refund-payment"],\n    "tok_down_f',
        '("release-inventory", "refund-payment"),\n    "tok_down_f',
    ),
}

BACK = """    money = partners.ledger(order["orderId"])
    assert money["chargedCents"] == 9934
    assert money["refundedCents"] == money["chargedCents"]
    assert partners.stock_left(["sku-mug"]) == before
"""
ONCE = """    process(paymentToken=f"tok_timeout_{name}")
    assert store.load(order["orderId"])["status"] == "completed"
    assert partners.ledger(order["orderId"])["charges"] == 1
    points = partners.points_balance(order["customerId"])
    assert points == 9
"""
DEPOSIT = """    if quantity <= DEPOSIT_FREE:
        return 0
    return quantity * DEPOSIT_CENTS_EACH
"""
RIGHT |= {
    "12a: in one expression": ("12a", DEPOSIT, "    return 500 * quantity * (quantity > 10)\n"),
    "12a: as another write of the same step": (
        "12a",
        "    return _advance(\n",
        '    cents = deposit_cents(request["quantity"])\n'
        '    _advance(request["reservationId"], "reserved", depositCents=cents)\n'
        "    return _advance(\n",
    ),
    "8a: with a phone number, and a step that is repeated": (
        "8a",
        'process(customerId="cust-fraud")',
        'process(\n        customerId="cust-fraud",\n        customerPhone="+1-555-0100",\n'
        '        paymentToken="tok_timeout_reserve-inventory",\n    )',
    ),
    "8a: one amount by the other": (
        "8a",
        BACK,
        '    money = partners.ledger(order["orderId"])\n'
        '    assert money["refundedCents"] == money["chargedCents"] > 0\n'
        '    assert partners.stock_left(["sku-mug"])["sku-mug"] == before["sku-mug"]\n',
    ),
}

RIGHT |= {
    "10a: the config and the name by position": (
        "10a",
        'ctx.map(\n        order["items"], pick, name="pick-items", config=config\n    )',
        'ctx.map(order["items"], pick, "pick-items", config)',
    ),
    "10a: the errors by hand": (
        "10a",
        "picked.throw_if_error()",
        "for error in picked.get_errors():\n        raise ValueError(error.message)",
    ),
    "9a: both refusals in one": (
        "9a",
        "answer is None:\n"
        '        raise Refused("nobody reviewed the order in time", by="review-order")\n'
        "    if not",
        "answer is None or not",
    ),
    "9a: a failed callback is refused in the same words": (
        "9a",
        'raise Refused(f"the review failed: {error}", by="review-order") from None',
        'raise Refused("a person rejected the order", by="review-order") from None',
    ),
    "9b: both in one line": (
        "9b",
        "    if answer is None:\n        answer =",
        "    answer = answer if answer is not None else",
    ),
    "10b: all completed": (
        "10b",
        "CompletionConfig(tolerated_failure_percentage=100)",
        "CompletionConfig.all_completed()",
    ),
    "10b: as many failures as lines": (
        "10b",
        "CompletionConfig(tolerated_failure_percentage=100)",
        'CompletionConfig(tolerated_failure_count=len(event["lines"]))',
    ),
    "10b: numbers as text, and more of the reason": (
        "10b",
        "{item.index + 1: item.error.message",
        '{str(item.index + 1): f"{item.error.type}: {item.error.message}"',
    ),
    "10c: a number with a fraction of zero": ("10c", "(3000 - 1) // 2", "1499.0"),
    "11a: by the whole time": ("11a", SINCE, '"2026-12-31T23:59:59.999Z" < order["createdAt"]'),
    "11a: with a table that the step reads": (
        "11a",
        "lambda _step: len(order",
        'lambda _step: len(store.load(order["orderId"])',
    ),
    "11a: by the year": ("11a", SINCE, 'int(order["createdAt"][:4]) > 2026'),
}

WRONG = {
    "10a: an item that fails is left out": ("10a", "    picked.throw_if_error()\n", ""),
    "10a: another patience": ("10a", "config=WAREHOUSE", "config=None"),
    "10a: no step in the branch": (
        "10a",
        'child.step(pick_item(order, item), name="pick-item", config=WAREHOUSE)',
        '{"productId": item["productId"], "quantity": 1, "bin": "A-1"}',
    ),
    "10a: all items in one step": (
        "10a",
        'ctx.map(\n        order["items"], pick, name="pick-items", config=config\n    )',
        'ctx.map(order["items"][:1], pick, name="pick-items", config=config)',
    ),
    "10b: a few failures": (
        "10b",
        "CompletionConfig(tolerated_failure_percentage=100)",
        "CompletionConfig(tolerated_failure_count=3)",
    ),
    "10b: lines from 0": ("10b", "item.index + 1:", "item.index:"),
    "10b: up to a hundred failures": (
        "10b",
        "tolerated_failure_percentage=100",
        "tolerated_failure_count=100",
    ),
    "10b: the whole error": ("10b", "item.error.message", "str(item.error)"),
    "10b: the error in its parts": ("10b", "item.error.message", "item.error.to_dict()"),
    "10b: no reason": ("10b", "item.error.message", '"failed"'),
    "10b: errors in the statuses": ("10b", " if item.error}", "}"),
    "10c: texts": ("10c", '3000 - 1,\n    "C"', '"2999",\n    "C"'),
    "11a: by the clock": (
        "11a",
        SINCE,
        '__import__("datetime").datetime.now().isoformat() >= "2027-01-01"',
    ),
    "11a: by the clock of the store": (
        "11a",
        SINCE,
        '__import__("store").now() >= "2027-01-01"',
    ),
    "11a: by when it was stored last": (
        "11a",
        SINCE,
        '__import__("store").load(order["orderId"])["lastUpdated"] >= "2027-01-01"',
    ),
    "11a: a day later": ("11a", SINCE, 'order["createdAt"] >= "2027-01-02"'),
    "11a: never": ("11a", SINCE, "False"),
    "11a: always": ("11a", SINCE, "True"),
    "9a: silence is a yes": (
        "9a",
        "    except CallbackTimeoutError:\n        return None\n",
        '    except CallbackTimeoutError:\n        return \'{"decision": "approve"}\'\n',
    ),
    "9a: silence fails": ("9a", "    except CallbackTimeoutError:\n        return None\n", ""),
    "9a: only what is a no is a no": (
        "9a",
        "not reviewing.approves(answer)",
        "'reject' in answer",
    ),
    "9a: a failed callback is asked again": (
        "9a",
        'raise Refused(f"the review failed: {error}", by="review-order") from None',
        "return ask_a_person(ctx, order, score, name, config)",
    ),
    "9b: for ever": (
        "9b",
        "    if answer is None:\n        answer",
        "    while answer is None:\n        answer",
    ),
    "9b: under the same name": ("9b", '"escalate-review"', '"review-order"'),
    "9b: whatever the answer": (
        "9b",
        "    if answer is None:\n        answer",
        "    if not answer or not reviewing.approves(answer):\n        answer",
    ),
    "9b: the answer is dropped": (
        "9b",
        '        answer = ask_a_person(ctx, order, score, "escalate',
        '        ask_a_person(ctx, order, score, "escalate',
    ),
    "11b: a clock taken for a rename": ("11b", '"B": "clock"', '"B": "renamed"'),
    "8a: a test that is skipped": (
        "8a",
        "    before =",
        '    __import__("pytest").skip()\n    before =',
    ),
    "8a: by the names of what was undone": (
        "8a",
        BACK,
        "    names = [operation.name for operation in result.operations]\n"
        '    assert "refund-payment" in names and "release-inventory" in names\n',
    ),
    "8a: any refund": ("8a", BACK, '    assert partners.ledger(order["orderId"])\n'),
    "8b: without the fault": ("8b", 'paymentToken=f"tok_timeout_{name}"', ""),
    "8b: the completed order alone": ("8b", ONCE[ONCE.index("    assert partners") :], ""),
    "12a: from ten on": ("12a", "quantity <= DEPOSIT_FREE", "quantity < DEPOSIT_FREE"),
    "12a: a deposit that is False": (
        "12a",
        DEPOSIT,
        "    return quantity > DEPOSIT_FREE and quantity * DEPOSIT_CENTS_EACH\n",
    ),
    "12a: by another name": ("12a", "depositCents=", "deposit="),
    "12a: without the quantity": ("12a", '        quantity=request["quantity"],\n', ""),
    "8c: texts": ("8c", '"A": False', '"A": "False"'),
    "1b: the name of another step": ("1b", 'name="thank-customer"', 'name="validate-order"'),
    "2a: another key in each process": (
        "2a",
        "return f\"{order['orderId']}:charge\"",
        'return str(hash(order["orderId"]))',
    ),
    "2a: a part of the order's id": (
        "2a",
        "return f\"{order['orderId']}:charge\"",
        'return order["orderId"][:20]',
    ),
    "2b: a refusal that nobody reads": (
        "2b",
        'agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))',
        'ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE)',
    ),
    "2b: another patience": (
        "2b",
        'name="check-inventory", config=WAREHOUSE',
        'name="check-inventory", config=PAYMENT',
    ),
    "2c: a longer first pause": ("2c", "Duration.from_seconds(1),", "Duration.from_seconds(2),"),
    "3b: another number in each process": (
        "3b",
        CHOOSE_NUMBER,
        "f\"inv-{hash(order['orderId'])}\"",
    ),
    "3b: a hash of bytes": (
        "3b",
        CHOOSE_NUMBER,
        "f\"inv-{hash(order['orderId'].encode())}\"",
    ),
    "2a: another key each day": (
        "2a",
        "return f\"{order['orderId']}:charge\"",
        "import datetime\n\n    return f\"{order['orderId']}:{datetime.date.today()}\"",
    ),
    "2a: made by the hash of its own class": (
        "2a",
        "return f\"{order['orderId']}:charge\"",
        'return str(order["orderId"].__hash__())',
    ),
    "2c: no first pause": ("2c", "Duration.from_seconds(1),", "Duration.from_seconds(0),"),
    "3a: any text": ("3a", 'f"the total of {show(total_cents)} is not over 1,000.00"', '"no"'),
    "3b: the time of the order": ("3b", CHOOSE_NUMBER, "f\"inv-{order['createdAt']}\""),
    "3b: the hash by its method": ("3b", CHOOSE_NUMBER, "f\"inv-{order['orderId'].__hash__()}\""),
    "3b: where the order is in memory": ("3b", CHOOSE_NUMBER, 'f"inv-{id(handler)}"'),
    "3b: the day": (
        "3b",
        CHOOSE_NUMBER,
        "f\"inv-{order['orderId']}-{time.strftime('%Y')}\"",
    ),
    "3b: a uuid": ("3b", CHOOSE_NUMBER, "f\"inv-{__import__('uuid').uuid4()}\""),
    "3b: the end of the id": ("3b", CHOOSE_NUMBER, "f\"inv-{order['orderId'][-8:]}\""),
    "4c: one name for two operations": (
        "4c",
        'name="package-order"',
        'name="pick-items"',
    ),
    "4c: no label": ("4c", "label = ctx.step(", "label = {}\n    ctx.step("),
    "4a: asleep": (
        "4a",
        'ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")',
        'ctx.step(lambda _step: None, name="warehouse-processing")',
    ),
    "4a: five minutes, whatever the template says": (
        "4a",
        "ctx.wait(WAREHOUSE_WAIT,",
        "ctx.wait(Duration.from_minutes(5),",
    ),
    "4b: raised": (
        "4b",
        "return refused(f\"damaged: {', '.join(dict.fromkeys(damaged))}\")",
        "raise ValueError(damaged)",
    ),
    "4b: the first alone": (
        "4b",
        "', '.join(dict.fromkeys(damaged))",
        "damaged[0]",
    ),
    "4b: the label is not returned": ("4b", "    return label\n", "    return {}\n"),
    "4c: a refusal that nobody reads": (
        "4c",
        'agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))',
        'ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE)',
    ),
    "4c: another patience": (
        "4c",
        'name="package-order", config=WAREHOUSE',
        'name="package-order", config=STORE',
    ),
    "5a: a point too many": (
        "5a",
        'order["totalCents"] // 1000',
        '-(-order["totalCents"] // 1000)',
    ),
    "5a: rounded for each item": (
        "5a",
        'order["totalCents"] // 1000',
        'sum(i["quantity"] * i["priceCents"] // 1000 for i in order["items"])',
    ),
    "5b: no wait": (
        "5b",
        'ctx.wait(CARRIER_WAIT, name="carrier-pickup")',
        'ctx.step(lambda _step: None, name="carrier-pickup")',
    ),
    "5b: a shipment that is lost": (
        "5b",
        "shipment = ctx.step(ship_order",
        "shipment = label\n    ctx.step(ship_order",
    ),
    "5b: the email alone": ("5b", '("email", "sms")', '("email",)'),
    "5b: every exception": ("5b", "except StepError as", "except Exception as"),
    "5b: whatever leaves": (
        "5b",
        'except StepError as error:\n        notifications = dict.fromkeys(("email", "sms"), '
        'f"failed: {error.message}")',
        'except:\n        notifications = {"email": "failed", "sms": "failed"}',
    ),
    "5b: no reason": ("5b", 'f"failed: {error.message}"', '"failed"'),
    "6a: a float": ("6a", "from_cents(int(total_cents))", "float(total_cents) / 100"),
    "6b: a key for every attempt": (
        "6b",
        "            return post(order, key)\n        except",
        "            return post(order, new_key())\n        except",
    ),
    "6b: a key made of the order": ("6b", "key = new_key()", "key = str(hash(str(order)))"),
    "7a: by name": ("7a", "reversed(self._undos)", "sorted(self._undos, reverse=True)"),
    "7a: the oldest first": ("7a", "reversed(self._undos)", "self._undos"),
    "7a: the last one that failed": (
        "7a",
        "left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]",
        "left = []\n        for name, step in self._undos[::-1]:\n"
        "            if not self._ran(name, step):\n                left = [name]",
    ),
    "7a: never registered": ("7a", "self._undos.append((name, step))", "pass"),
    "7a: registered after the work": (
        "7a",
        "self._undos.append((name, step))\n        try:\n            yield\n",
        "try:\n            yield\n            self._undos.append((name, step))\n",
    ),
    "7a: without steps": ("7a", "if not self._ran(name, step)", "if step(None) is False"),
    "7b: one block in the other": (
        "7b",
        '    with saga.undo("release-inventory", release_inventory(order)):\n'
        "        agreed(ctx.step(reserve_inventory(order), "
        'name="reserve-inventory", config=WAREHOUSE))',
        '        with saga.undo("release-inventory", release_inventory(order)):\n'
        "            agreed(ctx.step(reserve_inventory(order), "
        'name="reserve-inventory", config=WAREHOUSE))',
    ),
}


@pytest.mark.parametrize("way", RIGHT)
def test_a_check_accepts_another_right_way(way: str) -> None:
    found = verdict(*RIGHT[way])
    assert found.passed, found


@pytest.mark.parametrize("way", WRONG)
def test_a_check_sees_through_a_wrong_way(way: str) -> None:
    found = verdict(*WRONG[way])
    assert not found.passed
    assert found.expected
