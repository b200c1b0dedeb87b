"""What is changed of the application's code, and what a replay then says of the orders."""

from tests.unit.replay.matrix import Change, Said

CHECK = '    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))\n'
PAY = """\
    with saga.undo("refund-payment", refund_payment(order)):
        agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
"""
FRAUD = 'fraud = agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))\n'
INVOICE = '    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)\n'
TO_DELIVERY = """\
    ctx.logger.info("order paid and accepted")
    return deliver(order, ctx, saga)
"""
WAIT = '    ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")\n'
QUALITY = 'ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE)'
POINTS = (
    '    ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)\n'
)
DONE = (
    "    done = ctx.step("
    'complete_order(order, notifications), name="complete-order", config=STORE)\n'
)
NOTIFY = 'self._ran("notify-customer", '
PICK = 'child.step(pick_item(order, item), name="pick-item", config=WAREHOUSE)'
EMAIL, SMS = 'ParallelBranch(email, name="email")', 'ParallelBranch(sms, name="sms")'
IN_MAP = "picked: BatchResult[dict[str, Any]] = ctx.map("
IN_PARALLEL = "outcome: BatchResult[str] = ctx.parallel("
IN_UNDO = "self._ctx.step(step, name=name, config=config)"
IN_REVIEW = "return ctx.wait_for_callback("
FIRST_UNDO = "release-inventory (step)"

HARMFUL = {
    "a step is renamed": Change(
        'name="process-payment"',
        'name="charge-card"',
        Said("process-payment (step)", "asks for charge-card (step)", 'name="charge-card"'),
    ),
    "a callback is renamed": Change(
        'score, "review-order"',
        'score, "ask-a-person"',
        Said(
            "review-order (wait for callback)",
            "asks for ask-a-person (wait for callback)",
            IN_REVIEW,
        ),
        file="risk",
    ),
    "an undo is renamed": Change(
        'with saga.undo("refund-payment"',
        'with saga.undo("return-payment"',
        Said("refund-payment (step)", "asks for return-payment (step)", IN_UNDO),
        but={"successor of a cancelled one": None},
    ),
    "the items of a map are renamed": Change(
        "{index + 1}-{item['productId']}",
        "item-{index + 1}",
        Said("1-sku-lamp (map item)", "asks for item-1 (map item)", IN_MAP),
        file="fulfillment",
    ),
    "the first step of a successor is renamed": Change(
        'name="read-order"',
        'name="find-order"',
        Said("read-order (step)", "asks for find-order (step)", 'name="find-order"'),
    ),
    "two steps change places": Change(
        CHECK + PAY,
        PAY + CHECK,
        Said("check-inventory (step)", "asks for process-payment (step)", 'name="process-payment"'),
    ),
    "the last two steps change places": Change(
        POINTS + DONE,
        DONE + POINTS,
        Said(
            "update-loyalty-points (step)",
            "asks for complete-order (step)",
            'name="complete-order"',
        ),
    ),
    "a step is removed": Change(
        INVOICE,
        "",
        Said(
            "generate-invoice (step)",
            "asks for warehouse-processing (wait)",
            'name="warehouse-processing"',
        ),
    ),
    "a step is inserted": Change(
        FRAUD,
        f'ctx.step(check_inventory(order), name="screen-order", config=PARTNER)\n    {FRAUD}',
        Said("fraud-check (step)", "asks for screen-order (step)", 'name="screen-order"'),
    ),
    "a step is added at the end": Change(
        DONE,
        DONE + POINTS.replace("update-loyalty-points", "thank-customer"),
        Said("after complete-order (step)", "asks for thank-customer (step)", '"thank-customer"'),
    ),
    "a wait is removed": Change(
        WAIT, "", Said("warehouse-processing (wait)", "asks for pick-items (map)", IN_MAP)
    ),
    "a step becomes a child context": Change(
        QUALITY,
        f'ctx.run_in_child_context(lambda ctx: {QUALITY}, name="quality-check")',
        Said("quality-check (step)", "asks for quality-check (child context)", "lambda ctx"),
    ),
    "an item is picked in two steps": Change(
        f"return {PICK}",
        f"{PICK.replace('pick-item', 'find-bin')}\n        return {PICK}",
        Said("pick-item (step)", "asks for find-bin (step)", 'name="find-bin"'),
        file="fulfillment",
    ),
    "branches change places": Change(
        f"[{EMAIL}, {SMS}]",
        f"[{SMS}, {EMAIL}]",
        Said("email (parallel branch)", "asks for sms (parallel branch)", IN_PARALLEL),
        file="shipping",
    ),
    "a branch is removed": Change(
        f", {SMS}",
        "",
        Said("sms (parallel branch)", "ends without it", IN_PARALLEL),
        file="shipping",
    ),
    "a condition is turned around": Change(
        'if "needsReview" in fraud',
        'if "needsReview" not in fraud',
        Said("credit-check (step)", "asks for review-order (wait for callback)", IN_REVIEW),
        but=dict.fromkeys(
            ("approved", "rejected, undone", "review failed"),
            Said(
                "review-order (wait for callback)",
                "asks for credit-check (step)",
                'name="credit-check"',
            ),
        ),
    ),
    "a default is changed": Change(
        "self.past_pivot = False",
        "self.past_pivot = True",
        Said(FIRST_UNDO, "asks for call-a-person (step)", 'name="call-a-person"'),
        file="compensation",
        but={
            "carrier down, undone": None,  # there, and in a successor, the carrier has the last say
            "successor of a cancelled one": None,
            **dict.fromkeys(
                ("invalid", "out of stock", "declined"),
                Said(
                    "notify-customer (step)",
                    "asks for call-a-person (step)",
                    'name="call-a-person"',
                ),
            ),
        },
    ),
    "undos are in the order of what they undo": Change(
        "in reversed(self._undos)",
        "in self._undos",
        Said(FIRST_UNDO, "asks for refund-payment (step)", IN_UNDO),
        file="compensation",
        but=dict.fromkeys(
            ("carrier down, undone", "successor of a cancelled one"),
            Said("void-shipping-label (step)", "asks for refund-payment (step)", IN_UNDO),
        ),
    ),
    "the customer is no longer told": Change(
        NOTIFY,
        NOTIFY.replace("self._ran", "print"),
        Said("notify-customer (step)", "asks for close-order (step)", 'name="close-order"'),
        file="compensation",
    ),
    "an error is no longer handled": Change(
        "except OPERATION_ERRORS:",
        "except KeyError:",
        Said("hold-parcel (step)", "asks for call-a-person (step)", 'name="call-a-person"'),
        but=dict.fromkeys(("successor of a cancelled one", "successor of a shipped one")),
    ),
}
# Module, what is there, what takes its place.
HARMLESS = {
    "a comment": ("workflow", CHECK, f"    # Is it there?\n{CHECK}"),
    "a log line": ("workflow", WAIT, f'    ctx.logger.info("to the warehouse")\n{WAIT}'),
    "a longer wait": ("workflow", '_SECONDS", "300"', '_SECONDS", "600"'),
    "a helper": (
        "workflow",
        INVOICE + TO_DELIVERY,
        f"    bill(order, ctx)\n{TO_DELIVERY}\n\ndef bill(order, ctx):\n{INVOICE}",
    ),
    "a variable": (
        "workflow",
        "shipment = parcel[",
        "shipment: dict[str, Any] = parcel[",
    ),
    "a parameter with a default": (
        "workflow",
        "def deliver(order: Order, ctx: DurableContext, saga: Saga)",
        "def deliver(order: Order, ctx: DurableContext, saga: Saga, *, gift: bool = False)",
    ),
    "another result": (
        "workflow",
        '"status": "completed", **',
        '"status": "completed", "v": 2, **',
    ),
    "what operators are told": ("payment", 'f"out of stock: ', 'f"nothing is left of: '),
    "what customers are told": ("reasons", "a technical problem", "a problem"),
    "more attempts": ("patience", "attempts=4, first_seconds=1", "attempts=9, first_seconds=1"),
    "fewer attempts": ("patience", "UNDO_HOURS = 96", "UNDO_HOURS = 1"),
    "fewer branches at once": ("fulfillment", "PICKERS = 10", "PICKERS = 1"),
    "what a step does": ("money", "TAX_PERCENT = 8", "TAX_PERCENT = 9"),
    "a limit within a step": ("risk", "CREDIT_FREE_CENTS = 1_000_00", "CREDIT_FREE_CENTS = 1"),
}
