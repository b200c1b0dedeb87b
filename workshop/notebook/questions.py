"""Quiz questions in a notebook: a widget that tells the answer and keeps it in the journal.

Without a kernel, as on a page on the web, the same questions are text that opens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workshop import escape
from workshop.course import journal, my_work, quizzes, stages
from workshop.course.quizzes import Answer, Question
from workshop.errors import WorkshopError

HERE = Path(__file__).parent
MARKS = {True: "✓ Yes.", False: "✗ Not quite."}


class Quiz(anywidget.AnyWidget):
    """Some questions. `opened` has the question and the answer of each choice, as numbers."""

    _esm = HERE / "questions.js"
    _css = HERE / "questions.css"
    title = traitlets.Unicode().tag(sync=True)
    questions: traitlets.List[Any] = traitlets.List().tag(sync=True)
    opened: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, questions: Sequence[Question], title: str = "") -> None:
        self._asked, self._noted = questions, set[str]()
        shown = [
            {"text": each.text, "answers": [_shown(answer) for answer in each.answers]}
            for each in questions
        ]
        super().__init__(title=title, questions=shown)
        self.observe(self._note, "opened")

    def _note(self, change: dict[str, Any]) -> None:
        """Keep the first answer to each question; who opens the others only reads on."""
        for question_number, answer_number in change["new"]:
            question = self._asked[question_number]
            if question.id not in self._noted:
                self._noted.add(question.id)
                answer = question.answers[answer_number]
                outcome = "right" if answer.right else "wrong"
                journal.note("quiz", question.id, outcome, answer.text)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data.update({"text/html": page(self._asked, self.title), "text/plain": repr(self)})
        return bundle

    def __repr__(self) -> str:
        lines = [self.title] if self.title else []
        for number, question in enumerate(self._asked, 1):
            lines += [f"{number}. {question.text}", *(f"- {a.text}" for a in question.answers)]
        return escape.text("\n".join(lines))


def quiz(notebook: int | str) -> Quiz:
    """Ask the questions of a notebook, and keep your answers in the journal."""
    number = stages.number(notebook)
    questions = quizzes.of(number)
    if not questions:
        raise WorkshopError(f"Notebook {number} has no quiz.")
    return Quiz(questions)


def again(notebook: str) -> Quiz | None:
    """Ask questions of other notebooks that were answered before; None if there are none."""
    questions = [
        replace(each, text=f"{each.text} (Notebook {each.notebook})")
        for each in quizzes.again(journal.read(my_work.HOME / journal.NAME), notebook)
    ]
    return Quiz(questions, "Do you remember?") if questions else None


def page(questions: Sequence[Question], title: str) -> str:
    """Return the questions as HTML whose answers open without any code."""
    head = f"<p><strong>{escape.html(title)}</strong></p>" if title else ""
    asked = (
        f"<p><strong>{number}. {_html(question.text)}</strong></p>"
        + "".join(map(_details, question.answers))
        for number, question in enumerate(questions, 1)
    )
    return f'<div class="{escape.NO_FORMULAS}">{head}{"".join(asked)}</div>'


def _details(answer: Answer) -> str:
    return (
        f"<details><summary>{_html(answer.text)}</summary>"
        f"<blockquote>{_html(_feedback(answer))}</blockquote></details>"
    )


def _shown(answer: Answer) -> dict[str, Any]:
    return {"text": answer.text, "right": answer.right, "feedback": _feedback(answer)}


def _feedback(answer: Answer) -> str:
    return f"{MARKS[answer.right]} {answer.why}"


def _html(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape.html(text))
