"""What a learner does: write modules from cells, solve exercises, ask for help, start over."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.own_app import own_app
from workshop.course import my_work, stages, workspace
from workshop.errors import WorkshopError
from workshop.exercises import catalogue
from workshop.exercises.verdict import Verdict
from workshop.notebook import magics, verbs

SOLVED = stages.exercise("1a").text
STARTER = stages.exercise("1a").starter
WRONG = SOLVED.replace('"validate-order"', '"validate"')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the test's own, in which notebook 01 begins and nothing was done yet."""
    monkeypatch.setattr(my_work, "ROOT", tmp_path)
    monkeypatch.setattr(verbs, "ROOT", tmp_path)
    own_app(tmp_path, monkeypatch)
    workspace.start_over("01")
    return tmp_path


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the magics show."""
    texts: list[str] = []
    monkeypatch.setattr(magics, "display", lambda notice: texts.append(repr(notice)))
    return texts


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Verdict], None]:
    """Says what the check will find, without running anything."""

    def will_be(verdict: Verdict) -> None:
        monkeypatch.setattr(verbs, "judge", lambda *_: verdict)

    return will_be


@pytest.fixture
def mine(folder: Path, shown: list[str], judged: Callable[[Verdict], None]) -> str:
    """An answer of the learner's own to 1a, which has passed."""
    text = SOLVED + "# mine\n"
    magics.module("workflow 1a", text)
    judged(Verdict(True))
    verbs.check("1a")
    return text


def written(folder: Path, module: str) -> str:
    return (folder / "my-work" / "app" / "modules" / f"{module}.py").read_text()


def copies(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted((folder / "my-work" / "copies").glob("*"))]


def test_a_notebook_starts_without_the_modules_that_it_writes(folder: Path) -> None:
    assert not (folder / "my-work" / "app" / "modules" / "workflow.py").exists()
    assert (folder / "my-work" / "app" / "modules" / "store.py").exists()


def test_a_cell_writes_its_module(folder: Path, shown: list[str]) -> None:
    magics.module("validation", "x = 1\n")
    assert written(folder, "validation") == "x = 1\n"
    assert shown == ["my-work/app/modules/validation.py has 1 line."]


def test_a_cell_with_a_syntax_error_writes_nothing_and_names_the_line(folder: Path) -> None:
    magics.module("validation", "x = 1\n")
    with pytest.raises(WorkshopError, match=r"not Python yet.* in line 3 .*Nothing was written"):
        magics.module("validation", "x = 2\ndef f(:\n")
    assert written(folder, "validation") == "x = 1\n"


@pytest.mark.parametrize("line", ["", "../evil", "two words too many", "a.b"])
def test_a_magic_that_cannot_be_understood_says_how_it_is_written(folder: Path, line: str) -> None:
    with pytest.raises(WorkshopError, match="%%module NAME"):
        magics.module(line, "x = 1\n")


def test_what_a_cell_replaces_is_copied_unless_it_is_the_workshops(
    folder: Path, shown: list[str]
) -> None:
    magics.module("validation", "mine = 1\n")
    magics.module("validation", stages.complete()["validation"])
    assert copies(folder) == ["mine = 1\n"]
    magics.module("validation", "mine = 2\n")
    assert copies(folder) == ["mine = 1\n"]


def test_an_untouched_exercise_uses_the_solution_and_is_not_yet_attempted(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", STARTER)
    assert written(folder, "workflow") == SOLVED
    assert "waits for you" in shown[0]
    assert "not yet attempted" in repr(verbs.check("1a"))


def test_an_attempt_is_kept_and_the_solution_used_until_it_passes(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    magics.module("workflow 1a", WRONG)
    assert my_work.attempt("1a") == WRONG
    assert written(folder, "workflow") == SOLVED
    judged(Verdict(False, "the operations", "validate-order", "validate"))
    told = repr(verbs.check("1a"))
    assert "Expected: validate-order" in told
    assert "Got: validate" in told
    assert written(folder, "workflow") == SOLVED


def test_an_attempt_that_passes_becomes_the_module(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    mine = SOLVED.replace("order", "my_order_1", 0) + "# mine\n"
    magics.module("workflow 1a", mine)
    judged(Verdict(True))
    assert ": passed" in repr(verbs.check("1a"))
    assert written(folder, "workflow") == mine
    magics.module("workflow 1a", mine)
    assert "It is your own code" in shown[-1]


def test_an_untouched_cell_takes_no_answer_away(folder: Path, mine: str) -> None:
    magics.module("workflow 1a", STARTER)
    assert my_work.passed("1a")
    assert written(folder, "workflow") == mine


def test_an_answer_that_passed_is_copied_before_another_replaces_it(
    folder: Path, mine: str
) -> None:
    magics.module("workflow 1a", WRONG)
    assert mine in copies(folder)


def test_a_check_never_judges_the_answer_before_one_that_is_not_python(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", SOLVED)
    with pytest.raises(WorkshopError, match="not Python yet"):
        magics.module("workflow 1a", "def handler(:\n")
    assert "not Python yet" in repr(verbs.check("1a"))


def test_an_answer_changed_after_it_passed_must_pass_again(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    magics.module("workflow 1a", SOLVED)
    judged(Verdict(True))
    verbs.check("1a")
    magics.module("workflow 1a", WRONG)
    assert not my_work.passed("1a")


def test_each_hint_tells_more_and_the_last_one_stays(folder: Path) -> None:
    told = [repr(verbs.hint("1a")) for _ in range(4)]
    assert [text.split("\n")[0] for text in told] == [
        "Hint 1 of 3 for 1a",
        "Hint 2 of 3 for 1a",
        "Hint 3 of 3 for 1a",
        "Hint 3 of 3 for 1a",
    ]


def test_the_solution_is_shown_after_an_attempt(folder: Path, shown: list[str]) -> None:
    assert "Try 1a first" in repr(verbs.solution("1a"))
    magics.module("workflow 1a", WRONG)
    assert SOLVED.rstrip() in repr(verbs.solution("1a"))
    verbs.reset("1a")
    assert SOLVED.rstrip() in repr(verbs.solution("1a"))


def test_reset_begins_again_and_keeps_what_was_written(folder: Path, shown: list[str]) -> None:
    magics.module("workflow 1a", WRONG)
    assert "my-work/copies/" in repr(verbs.reset("1a"))
    assert copies(folder) == [WRONG]
    assert "not yet attempted" in repr(verbs.check("1a"))


def test_catching_up_brings_the_modules_and_copies_what_was_there(folder: Path) -> None:
    (folder / "my-work" / "app" / "modules" / "workflow.py").write_text("mine = 1\n")
    said = repr(verbs.catch_up(2))
    assert "has been brought where notebook 02 begins" in said
    assert "What you had there is kept: my-work/copies/" in said
    assert written(folder, "workflow") == stages.before("02")["workflow"]
    assert copies(folder) == ["mine = 1\n"]
    assert "already is where notebook 02 begins" in repr(verbs.catch_up("2"))


def test_an_exercise_without_a_name_is_none(folder: Path) -> None:
    with pytest.raises(WorkshopError, match=r"Exercise '' does not exist. Use one of: 1a, "):
        magics.exercise("", "x = 1\n")


def test_what_is_no_text_is_copied_as_it_was(folder: Path) -> None:
    (folder / "my-work" / "app" / "modules" / "payment.py").write_bytes(b"\xff\x00rubbish")
    verbs.catch_up(3)
    (copy,) = (folder / "my-work" / "copies").iterdir()
    assert copy.read_bytes() == b"\xff\x00rubbish"


@pytest.mark.parametrize("number", ["three", "", 8, -1, 1.5])
def test_there_is_no_catching_up_with_a_notebook_that_does_not_exist(
    folder: Path, number: object
) -> None:
    with pytest.raises(WorkshopError, match=r"Notebook .* does not exist. .* from 0 to 7"):
        verbs.catch_up(number)  # type: ignore[arg-type]


def test_progress_counts_what_has_passed(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    magics.module("workflow 1a", SOLVED)
    judged(Verdict(True))
    verbs.check("1a")
    verbs.hint("1b")
    rows = {row[0]: row for row in verbs.progress().rows}
    assert rows["1a"][2:] == ("✓ passed", "0")
    assert rows["1b"][2:] == ("○ not yet attempted", "1")
    magics.module("workflow 1a", WRONG)
    assert verbs.progress().rows[0][2] == "✓ passed, changed since"


def test_a_passed_exercise_stays_passed_after_reset(folder: Path, mine: str) -> None:
    assert "It stays passed." in repr(verbs.reset("1a"))
    assert copies(folder) == [mine]
    assert verbs.progress().rows[0][2] == "✓ passed, reset since"
    assert verbs.progress().caption.startswith("1 of 18 exercises passed.")


def test_progress_says_where_to_go_on(folder: Path, shown: list[str]) -> None:
    first = "Next: 1a · Validate the order in a step, in notebooks/01_your_first_durable_function"
    assert first in verbs.progress().caption
    my_work.note_passed("1a", SOLVED)
    my_work.note_passed("2a", SOLVED)
    caption = verbs.progress().caption
    assert "Next: 2b · " in caption
    assert "in notebooks/02_take_the_money_once.ipynb" in caption
    assert caption.endswith("Still open before it: 1b.")


def test_an_answer_that_does_not_pass_yet_is_where_to_go_on(folder: Path, shown: list[str]) -> None:
    magics.module("workflow 1a", WRONG)
    assert "Next: 1a · " in verbs.progress().caption


def test_progress_says_that_nothing_is_open(folder: Path) -> None:
    for exercise in catalogue.everything():
        my_work.note_passed(exercise.id, "x")
    assert verbs.progress().caption == "18 of 18 exercises passed. You have passed them all."


def test_broken_progress_is_taken_for_none(folder: Path) -> None:

    (folder / "my-work" / "progress.json").write_text("{")
    assert my_work.progress() == {"passed": {}, "hints": {}}


def test_broken_progress_is_copied_before_it_is_replaced(folder: Path) -> None:

    (folder / "my-work" / "progress.json").write_text("{")
    verbs.hint("1a")
    verbs.hint("1a")
    assert copies(folder) == ["{"]
    assert my_work.hints_shown("1a") == 2


def test_every_answer_is_copied_before_another_replaces_it(folder: Path, shown: list[str]) -> None:
    for text in (WRONG, WRONG, SOLVED):
        magics.module("workflow 1a", text)
    assert copies(folder) == [WRONG]


def test_an_untouched_cell_after_an_answer_says_which_of_the_two_is_checked(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", WRONG)
    magics.module("workflow 1a", STARTER)
    assert "still contains its TODO" in shown[-1]
    assert "earlier answer to 1a is kept" in shown[-1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("validaton", "Did you mean validation?"),
        ("zebra", "none imports it"),
        ("store", "one of the given modules"),
    ],
)
def test_an_odd_name_of_a_module_is_told(
    folder: Path, shown: list[str], name: str, words: str
) -> None:
    magics.module(name, "x = 1\n")
    assert words in shown[0]


def test_an_exercise_of_a_module_is_written_by_the_cell_of_its_module(folder: Path) -> None:
    with pytest.raises(WorkshopError, match="%%module workflow 1a"):
        magics.exercise("1a", SOLVED)


def test_a_deleted_modules_folder_is_made_again(folder: Path, shown: list[str]) -> None:
    shutil.rmtree(folder / "my-work" / "app" / "modules")
    verbs.catch_up(2)
    assert written(folder, "workflow") == stages.before("02")["workflow"]


def test_an_answer_that_cannot_be_read_is_told_and_can_be_set_aside(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", WRONG)
    (folder / "my-work" / "attempts" / "1a.py").write_bytes(b"\xff\xfe")
    with pytest.raises(WorkshopError, match=r"attempts/1a.py cannot be read.*reset"):
        verbs.check("1a")
    verbs.reset("1a")
    assert "not yet attempted" in repr(verbs.check("1a"))


@pytest.mark.parametrize("name", ["9z", "", "../1a", "1", 1, "1A"])
def test_an_exercise_that_does_not_exist_is_a_sentence(folder: Path, name: str) -> None:
    with pytest.raises(WorkshopError, match="does not exist"):
        verbs.check(name)
