"""The page of reference: read from the code, so it is complete and cannot fall behind."""

import ast
import re
from pathlib import Path

import pytest

from workshop import notebook
from workshop.authoring import reference, source_text
from workshop.commands import VERBS
from workshop.exercises import catalogue
from workshop.paths import ROOT

PAGE = reference.page()


def test_the_page_is_as_the_code_says():
    assert list(reference.drift()) == []


def test_every_name_that_notebooks_may_import_has_its_signature():
    for name in notebook.__all__:
        assert f"\n- `{name}(" in PAGE or f"\n- `{name}.submit(" in PAGE


def test_a_verb_has_its_arguments_and_the_first_sentence_of_its_docstring():
    wanted = "- `hint(exercise_id: str)`: Show the next hint of an exercise; each says more than"
    assert wanted in PAGE


def test_every_command_has_its_options():
    for verb in VERBS:
        assert f"\n| `{verb.name}` | " in PAGE
    order = next(line for line in PAGE.splitlines() if line.startswith("| `order` "))
    assert "`--clock` (`skip` or `real`): of the local cloud" in order
    deploy = next(line for line in PAGE.splitlines() if line.startswith("| `deploy` "))
    assert "`--target` (`local` or `aws`)" in deploy, "an option of a helper function"


def test_every_exercise_has_its_title():
    for exercise in catalogue.everything():
        assert f"\n| {exercise.id} | {exercise.title} |" in PAGE


def test_every_variable_that_the_code_names_is_listed(tmp_path: Path):
    new, old = (f"WORKSHOP_{name}" for name in ("NEW", "OLD"))  # no name of a variable here
    (tmp_path / "new.py").write_text(f'os.environ["{new}"]', encoding="utf-8")
    assert reference.variables_in(tmp_path) == {new}
    assert list(reference.unlisted({new}, {old})) == [
        f"{new} is in the code and missing in docs/reference.toml",
        f"{old} is in docs/reference.toml and no longer in the code",
    ]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("CPU_SECONDS", 10.0, "10 s"),
        ("TOTAL_SECONDS", 86400, "24 h"),
        ("BODY_BYTES", 102400, "100 KiB"),
        ("RESULT_BYTES", 6 * 1024**2, "6 MiB"),
        ("DISK_BYTES", 200_000_000, "200 MB"),
        ("FREE_CENTS", 100000, "1,000.00"),
        ("OPERATIONS", 3000, "3,000"),
    ],
)
def test_a_limit_is_shown_with_its_unit(name: str, value: float, text: str):
    assert reference.with_unit(name, value) == text


def test_the_value_of_a_limit_is_worked_out_from_its_line():
    known = {"MIB": 1024}
    node = ast.parse("6 * MIB", mode="eval").body
    assert source_text.value_of(node, known) == 6144


def test_a_limit_that_is_no_longer_in_its_file_is_an_error():
    with pytest.raises(KeyError, match="NO_SUCH_LIMIT"):
        source_text.constant(ROOT / "workshop/exercises/limits.py", "NO_SUCH_LIMIT")


def test_no_line_of_a_table_is_broken():
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert rows
    for row in rows:
        assert re.fullmatch(r"(\|[^|]+)+\|", row), row
