"""What is changed of the story, and what a replay then says."""

from tests.unit.replay.matrix import Change, Said

PRICE = '    total = ctx.step(doing("price", event["total"]), name="price-order")\n'
PAY = 'ctx.step(doing("pay", None, "declined" in event), name="take-payment", config=ONCE)\n'
CREDIT = '        ctx.step(doing("credit"), name="check-credit")\n'
NOTE = '    ctx.step(doing("note"))\n'
WAIT = 'ctx.wait(Duration.from_seconds(300), name="warehouse")'
FIND = '    where = ctx.step(doing("find"), name="find-bin")\n'
TAKE = 'ctx.step(doing("take", item), name="take-item")'
NOTIFY = 'ctx.parallel([email, sms], name="notify", config=ParallelConfig(max_concurrency=1))'
PACK = 'ctx.run_in_child_context(pack, name="pack-order")'
REVIEW = 'ctx.wait_for_callback(ask, name="review")'
INVOKE = 'ctx.invoke("price:live", {"label": label}, name="ask-price")'
CLOSE = '    ctx.step(doing("close"), name="close-order")\n'


def renamed(name: str, new: str, kind: str) -> Change:
    said = Said(f"{name} ({kind})", f"asks for {new} ({kind})", f'name="{new}"')
    return Change(f'name="{name}"', f'name="{new}"', said)


HARMFUL = {
    "a step is renamed": renamed("take-payment", "charge-card", "step"),
    "a wait is renamed": renamed("warehouse", "storehouse", "wait"),
    "a map is renamed": renamed("pick-items", "pick-all", "map"),
    "a step of a map is renamed": renamed("take-item", "grab-item", "step"),
    "a step of a child context is renamed": renamed("choose-box", "choose-bag", "step"),
    "a callback is renamed": renamed("review", "approval", "wait for callback"),
    "a condition to wait for is renamed": renamed("carrier", "truck", "wait for condition"),
    "an invoke is renamed": renamed("ask-price", "ask-cost", "invoke"),
    "a block with retries is renamed": renamed("book-courier", "book-van", "child context"),
    "a step gets a name": Change(
        NOTE,
        '    ctx.step(doing("note"), name="note")\n',
        Said("an unnamed operation (step)", "asks for note (step)", 'name="note"'),
    ),
    "two steps change places": Change(
        f"{PRICE}    try:\n        {PAY}",
        f"    try:\n        {PAY}    {PRICE}",
        Said("price-order (step)", "asks for take-payment (step)", 'name="take-payment"'),
    ),
    "a step is removed": Change(
        PAY,
        "pass\n",
        Said("take-payment (step)", "asks for check-credit (step)", 'name="check-credit"'),
        but={
            "small": Said("take-payment (step)", "asks for an unnamed operation (step)", '("note")')
        },
    ),
    "the last step is removed": Change(
        CLOSE, "", Said("close-order (step)", "ends without it", 'name="book-courier"')
    ),
    "a step is inserted": Change(
        PAY,
        f'ctx.step(doing("new"), name="new")\n        {PAY}',
        Said("take-payment (step)", "asks for new (step)", 'name="new"'),
    ),
    "a step is added at the end": Change(
        CLOSE,
        f'{CLOSE}    ctx.step(doing("new"), name="audit")\n',
        Said("after close-order (step)", "asks for audit (step)", 'name="audit"'),
    ),
    "a wait becomes a step": Change(
        WAIT,
        'ctx.step(doing("new"), name="warehouse")',
        Said("warehouse (wait)", "asks for warehouse (step)", 'name="warehouse"'),
    ),
    "a wait is removed": Change(
        f"    {WAIT}\n",
        "",
        Said("warehouse (wait)", "asks for pick-items (map)", 'name="pick-items"'),
    ),
    "a condition is turned around": Change(
        "if total > LIMIT:",
        "if total < LIMIT:",
        Said("check-credit (step)", "asks for an unnamed operation (step)", '("note")'),
        but={
            "small": Said(
                "an unnamed operation (step)", "asks for check-credit (step)", 'name="check-credit"'
            )
        },
    ),
    "a default is changed": Change(
        "LIMIT = 1_000",
        "LIMIT = 2_000",
        Said("check-credit (step)", "asks for an unnamed operation (step)", '("note")'),
    ),
    "a step of a map is removed": Change(
        FIND,
        "    where = None\n",
        Said("find-bin (step)", "asks for take-item (step)", 'name="take-item"'),
    ),
    "the last step of a map is removed": Change(
        f"[{TAKE}, where]",
        "[item, where]",
        Said("take-item (step)", "ends without it", 'name="find-bin"'),
    ),
    "a step of a map is added": Change(
        f"return [{TAKE}, where]",
        f'return [{TAKE}, ctx.step(doing("new"), name="weigh-item")]',
        Said("after take-item (step)", "asks for weigh-item (step)", 'name="weigh-item"'),
        but={"while picking": None},
    ),
    "a map gets fewer items": Change(
        'ctx.map(event["items"]',
        'ctx.map(event["items"][:1]',
        Said("map-item-1 (map item)", "ends without it", 'name="pick-items"'),
    ),
    "branches change places": Change(
        "[email, sms]",
        "[sms, email]",
        Said("send-email (step)", "asks for send-sms (step)", 'name="send-sms"'),
    ),
    "a branch is removed": Change(
        "[email, sms]",
        "[email]",
        Said("parallel-branch-1 (parallel branch)", "ends without it", 'name="notify"'),
    ),
    "a parallel becomes a map": Change(
        NOTIFY,
        'ctx.map(["a", "b"], lambda c, _i, _n, _a: email(c), name="notify")',
        Said("notify (parallel)", "asks for notify (map)", 'name="notify"'),
    ),
    "a child context is dissolved": Change(
        PACK,
        "pack(ctx)",
        Said("pack-order (child context)", "asks for choose-box (step)", 'name="choose-box"'),
    ),
    "a callback becomes a wait": Change(
        REVIEW,
        'ctx.wait(Duration.from_seconds(60), name="review")',
        Said("review (wait for callback)", "asks for review (wait)", 'name="review"'),
    ),
    "an invoke becomes a step": Change(
        INVOKE,
        'ctx.step(doing("price"), name="ask-price")',
        Said("ask-price (invoke)", "asks for ask-price (step)", 'name="ask-price"'),
    ),
    "a block is retried less often": Change(
        "COURIERS = 3",
        "COURIERS = 1",
        Said("book-courier-backoff-1 (wait)", "ends without it", 'name="ask-courier"'),
    ),
    "a block is retried more often": Change(
        "COURIERS = 3",
        "COURIERS = 4",
        Said("nothing", "", ""),
        but={
            "no courier": Said(
                "after ask-courier (step)",
                "asks for book-courier-backoff-3 (wait)",
                'name="book-courier"',
            )
        },
    ),
    "an error is no longer handled": Change(
        "except StepError:",
        "except KeyError:",
        Said("cancel-order (step)", "ends without it", 'name="take-payment"'),
    ),
    "a mistake is made": Change(
        "    return {\n",
        '    label["missing"]\n    return {\n',
        Said(
            "after close-order (step)",
            "raises TypeError: string indices must be integers, not 'str'",
            'label["missing"]',
        ),
    ),
}
HARMLESS = {
    "what a step does": ("        done.append(name)\n", "        done.append(name.upper())\n"),
    "a log line": (PAY, f'ctx.logger.info("paying")\n        {PAY}'),
    "a comment": (PRICE, f"    # how much it is\n{PRICE}"),
    "a message": ('ValueError("no answer")', 'ValueError("they do not answer")'),
    "a longer wait": ("from_seconds(300)", "from_seconds(30_000)"),
    "other retries of a step": ("RetryPresets.none()", "RetryPresets.default()"),
    "another pause between attempts": (
        "PAUSE = Duration.from_seconds(1)",
        "PAUSE = Duration.from_seconds(60)",
    ),
    "a helper": (CREDIT, CREDIT.replace("ctx", "(lambda: ctx)()")),
    "a variable": ("picked", "everything_picked"),
    "a line before the end": ("    return {\n", "    del total\n    return {\n"),
    "more branches at once": ("MapConfig(max_concurrency=1)", "MapConfig(max_concurrency=2)"),
    "how often it looks": ("from_seconds(5)", "from_seconds(60)"),
    "the payload of an invoke": ('{"label": label}', '{"label": label, "express": True}'),
}
