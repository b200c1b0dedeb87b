"""From a quiz in a source to a cell that asks its questions."""

from pathlib import Path

import pytest
from nbformat import NotebookNode

from workshop.authoring import build
from workshop.authoring.quiz_cells import split
from workshop.errors import WorkshopError

QUIZ = """## Check yourself

Open an answer.

**1. Which `step` runs?** (Notebook 01 says it.)

- [ ] None. :: One does.
- [x] The `first`. :: It does.

**2. And now?**

- [x] This. :: Yes.
- [ ] That. :: No.
"""


def built(folder: Path) -> list[list[NotebookNode]]:
    """The cells of the unsolved notebook and of the solved one."""
    path = folder / "01_first.py"
    lines = "\n".join(f"# {line}".rstrip() for line in QUIZ.splitlines())
    path.write_text(
        f'# %% [markdown]\n# # 01 · First\n\n# %% [markdown] tags=["quiz"]\n{lines}\n',
        encoding="utf-8",
    )
    return [each.notebook.cells[1:] for each in build.build(path)]


def test_a_quiz_has_an_introduction_and_questions() -> None:
    before, questions = split(QUIZ)
    assert before == "## Check yourself\n\nOpen an answer."
    assert [question["text"] for question in questions] == [
        "Which `step` runs? (Notebook 01 says it.)",
        "And now?",
    ]
    assert {"text": "The `first`.", "right": True, "why": "It does."} in questions[0]["answers"]


def test_each_question_is_in_a_notebook_once_and_no_answer_is_in_its_text(tmp_path: Path) -> None:
    for cells in built(tmp_path):
        assert [cell["source"] for cell in cells] == [
            "## Check yourself\n\nOpen an answer.",
            'from workshop.notebook import quiz\n\nquiz("01")',
        ]
        assert cells[1]["metadata"]["tags"] == ["quiz"]


def test_the_solved_notebook_holds_the_questions_for_the_cell_to_ask(tmp_path: Path) -> None:
    unsolved, solved = built(tmp_path)
    assert solved[1]["metadata"]["workshop"]["quiz"] == split(QUIZ)[1]
    assert "workshop" not in unsolved[1]["metadata"]


def test_the_order_of_answers_is_the_same_wherever_the_author_put_the_right_one() -> None:
    one = "- [ ] None. :: One does.\n"
    moved = QUIZ.replace(one, "").replace("It does.\n", f"It does.\n{one}")
    assert moved != QUIZ
    assert split(moved) == split(QUIZ)


@pytest.mark.parametrize(
    "text",
    [
        QUIZ.replace("- [x] The", "- [ ] The"),
        QUIZ.replace("- [ ] None", "- [x] None"),
        QUIZ.replace("- [ ] That. :: No.\n", ""),
        QUIZ.replace("- [ ] That. ::", "- [ ] That."),
        QUIZ + "\nMore.\n",
    ],
)
def test_a_quiz_with_a_mistake_is_told(text: str) -> None:
    with pytest.raises(WorkshopError, match=r"In a quiz|must be right"):
        split(text)
