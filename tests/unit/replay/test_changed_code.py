"""A change of the code that an execution in flight would not survive is named, at its line."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.replay import story
from tests.unit.replay.recording import record
from workshop.replay.replayer import Replayed, replay

TEXT = Path(story.__file__).read_text(encoding="utf-8")
EVENT = {"total": 1_500, "items": ["mug", "pen"]}
PRICE = 'ctx.step(doing("price", event["total"]), name="price-order")'
PAY = '    ctx.step(doing("pay"), name="take-payment", config=ONCE)\n'
WAIT = 'ctx.wait(Duration.from_seconds(300), name="warehouse")'
CLOSE = '    ctx.step(doing("close"), name="close-order")\n'
MAP = 'ctx.map(event["items"], pick, name="pick-items", config=MapConfig())'
NOTIFY = '    ctx.parallel([email, sms], name="notify")\n'
PACK = 'ctx.run_in_child_context(pack, name="pack-order")'
REVIEW = 'ctx.wait_for_callback(ask, name="review")'
LOOK = 'ctx.wait_for_condition(look, WaitForConditionConfig(enough, 0), name="carrier")'
TAKE = 'ctx.step(doing("take", item), name="take-item")'
FIND = '    where = ctx.step(doing("find"), name="find-bin")\n'

# What is changed: the text, what takes its place, and what the replay then says.
HARMFUL = {
    "a step is renamed": (
        'name="take-payment"',
        'name="charge-card"',
        "operation 2: history has take-payment (step), the code asks for charge-card (step)",
    ),
    "two steps change places": (
        f"    total = {PRICE}\n{PAY}",
        f"{PAY}    total = {PRICE}\n",
        "operation 1: history has price-order (step), the code asks for take-payment (step)",
    ),
    "a step is removed": (
        PAY,
        "",
        "operation 2: history has take-payment (step), the code asks for check-credit (step)",
    ),
    "the last step is removed": (
        CLOSE,
        "",
        "operation 10: history has close-order (step), the code ends without it",
    ),
    "a step is inserted": (
        PAY,
        f'    ctx.step(doing("new"), name="new")\n{PAY}',
        "operation 2: history has take-payment (step), the code asks for new (step)",
    ),
    "a step is added at the end": (
        CLOSE,
        f'{CLOSE}    ctx.step(doing("new"), name="audit")\n',
        "after operation 10: history ends, the code asks for audit (step)",
    ),
    "a wait becomes a step": (
        WAIT,
        'ctx.step(doing("new"), name="warehouse")',
        "operation 4: history has warehouse (wait), the code asks for warehouse (step)",
    ),
    "a wait is renamed": (
        'name="warehouse"',
        'name="storehouse"',
        "operation 4: history has warehouse (wait), the code asks for storehouse (wait)",
    ),
    "a wait is removed": (
        f"    {WAIT}\n",
        "",
        "operation 4: history has warehouse (wait), the code asks for pick-items (map)",
    ),
    "a condition is turned around": (
        "if total > LIMIT:",
        "if total < LIMIT:",
        "operation 3: history has check-credit (step), the code asks for warehouse (wait)",
    ),
    "a default is changed": (
        "LIMIT = 1_000",
        "LIMIT = 2_000",
        "operation 3: history has check-credit (step), the code asks for warehouse (wait)",
    ),
    "a map is renamed": (
        'name="pick-items"',
        'name="pick-all"',
        "operation 5: history has pick-items (map), the code asks for pick-all (map)",
    ),
    "a step of a map is renamed": (
        'name="take-item"',
        'name="grab-item"',
        (
            "operation 2 of map-item-0 (map item): "
            "history has take-item (step), the code asks for grab-item (step)"
        ),
    ),
    "a step of a map is removed": (
        FIND,
        "    where = None\n",
        (
            "operation 1 of map-item-0 (map item): "
            "history has find-bin (step), the code asks for take-item (step)"
        ),
    ),
    "the last step of a map is removed": (
        f"[{TAKE}, where]",
        "[item, where]",
        (
            "operation 2 of map-item-0 (map item): "
            "history has take-item (step), the code ends without it"
        ),
    ),
    "a map gets fewer items": (
        'ctx.map(event["items"]',
        'ctx.map(event["items"][:1]',
        (
            "operation 2 of pick-items (map): "
            "history has map-item-1 (map item), the code ends without it"
        ),
    ),
    "a step of a map is added": (
        f"return [{TAKE}, where]",
        f'return [{TAKE}, ctx.step(doing("new"), name="weigh-item")]',
        (
            "after operation 2 of map-item-0 (map item): "
            "history ends, the code asks for weigh-item (step)"
        ),
    ),
    "branches change places": (
        "[email, sms]",
        "[sms, email]",
        (
            "operation 1 of parallel-branch-0 (parallel branch): "
            "history has send-email (step), the code asks for send-sms (step)"
        ),
    ),
    "a branch is removed": (
        "[email, sms]",
        "[email]",
        (
            "operation 2 of notify (parallel): "
            "history has parallel-branch-1 (parallel branch), the code ends without it"
        ),
    ),
    "a parallel becomes a map": (
        NOTIFY,
        '    ctx.map(["a", "b"], lambda c, _i, _n, _a: email(c), name="notify")\n',
        "operation 6: history has notify (parallel), the code asks for notify (map)",
    ),
    "a step of a child context is renamed": (
        'name="choose-box"',
        'name="choose-bag"',
        (
            "operation 1 of pack-order (child context): "
            "history has choose-box (step), the code asks for choose-bag (step)"
        ),
    ),
    "a child context is dissolved": (
        PACK,
        "pack(ctx)",
        (
            "operation 7: history has pack-order (child context), "
            "the code asks for choose-box (step)"
        ),
    ),
    "a callback is renamed": (
        'name="review"',
        'name="approval"',
        (
            "operation 8: history has review (wait for callback), "
            "the code asks for approval (wait for callback)"
        ),
    ),
    "a callback becomes a wait": (
        REVIEW,
        'ctx.wait(Duration.from_seconds(60), name="review")',
        "operation 8: history has review (wait for callback), the code asks for review (wait)",
    ),
    "a condition to wait for is renamed": (
        'name="carrier"',
        'name="truck"',
        (
            "operation 9: history has carrier (wait for condition), "
            "the code asks for truck (wait for condition)"
        ),
    ),
    "a mistake is made": (
        "    return {",
        '    label["missing"]\n    return {',
        (
            "after operation 10: history ends, the code raises TypeError: "
            "string indices must be integers, not 'str'"
        ),
    ),
}
HARMLESS = {
    "nothing": ("", ""),
    "what a step does": ("        done.append(name)\n        return result", "        return None"),
    "a log line": (PAY, f'    ctx.logger.info("paying")\n{PAY}'),
    "a comment": (PAY, f"    # takes the money\n{PAY}"),
    "a longer wait": ("from_seconds(300)", "from_seconds(30_000)"),
    "other retries": ("RetryPresets.none()", "RetryPresets.default()"),
    "a helper": (PAY, PAY.replace("ctx", "(lambda: ctx)()")),
    "a variable": ("picked", "everything_picked"),
    "an early return of nothing new": ("    return {", "    del total\n    return {"),
    "fewer branches at once": ("MapConfig()", "MapConfig(max_concurrency=1)"),
    "how often it looks": ("from_seconds(5)", "from_seconds(60)"),
}


@pytest.fixture(scope="module")
def recorded():
    return record(story.handler, EVENT, callback="review create callback id")


@pytest.fixture
def replayed(tmp_path: Path, recorded) -> Callable[[str, str], Replayed]:
    """Replay the record against a changed text of the story."""

    def run(old: str, new: str) -> Replayed:
        module = imported(tmp_path, TEXT.replace(old, new))
        found = replay(recorded, module.handler)
        assert module.done == [], "a replay executes nothing"
        return found

    return run


def imported(folder: Path, text: str) -> ModuleType:
    path = folder / "changed_story.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("changed_story", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("change", HARMFUL)
def test_a_harmful_change_is_named(change: str, replayed) -> None:
    old, new, said = HARMFUL[change]
    assert TEXT.count(old) == 1
    assert str(replayed(old, new)).partition(";")[0] == said


@pytest.mark.parametrize("change", HARMLESS)
def test_a_harmless_change_fits(change: str, replayed) -> None:
    old, new = HARMLESS[change]
    found = replayed(old, new)
    assert found.fits, str(found)
