"""From a quiz cell of a source to its introduction and its questions.

The order of the answers depends only on their words, so it tells nothing about which is right.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from workshop.errors import WorkshopError

QUESTION = re.compile(r"^\*\*\d\. (.+?)\*\*(.*)$")
ANSWER = re.compile(r"^- \[([ x])\] (.*?) :: (.*)$")
Question = dict[str, Any]


def split(text: str) -> tuple[str, list[Question]]:
    """Return what stands before the first question, and the questions as JSON data."""
    before: list[str] = []
    questions: list[Question] = []
    for line in text.splitlines():
        if asked := QUESTION.match(line):
            questions.append({"text": asked[1] + asked[2].rstrip(), "answers": []})
        elif not questions:
            before.append(line)
        elif given := ANSWER.match(line):
            answer = {"text": given[2], "right": given[1] == "x", "why": given[3]}
            questions[-1]["answers"].append(answer)
        elif line.strip():
            raise WorkshopError(f"In a quiz, this is neither a question nor an answer: {line}")
    return "\n".join(before).strip(), [_shuffled(question) for question in questions]


def _shuffled(question: Question) -> Question:
    answers = question["answers"]
    if len(answers) < 2 or sum(answer["right"] for answer in answers) != 1:
        raise WorkshopError(f"One of two or more answers must be right: {question['text']}")

    def place(answer: dict[str, Any]) -> bytes:
        return sha256(f"{question['text']} {answer['text']}".encode()).digest()

    return {**question, "answers": sorted(answers, key=place)}
