"""A learner's copy of a notebook gets the new text and keeps what the learner made."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.course.notebook_merge import Merged, dump, merge
from workshop.course.notebook_pairs import bare
from workshop.paths import NOTEBOOKS

Notebook = dict[str, Any]
History = tuple[Notebook, Notebook, Notebook]
OUTPUT = [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]
OTHER_OUTPUT = [{"output_type": "stream", "name": "stdout", "text": ["2\n"]}]


def code(name: str, source: str, outputs: list[Any] | None = None, **about: str) -> dict[str, Any]:
    """A code cell with the id NAME."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {"workshop": about} if about else {},
        "outputs": outputs or [],
        "source": source.splitlines(keepends=True),
    }


def text(name: str, source: str) -> dict[str, Any]:
    """A Markdown cell with the id NAME."""
    lines = source.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": lines}


def notebook(*cells: dict[str, Any]) -> Notebook:
    """A notebook of these cells."""
    made = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return copy.deepcopy(made)


def sources(merged: Merged) -> list[str]:
    """The text of each cell."""
    return ["".join(cell["source"]) for cell in merged.notebook["cells"]]


STARTER = code("s", "%%module risk 3a\n# TODO: your code here\n...", module="risk", exercise="3a")
NEW_STARTER = code("s2", "%%module risk 3a\n# TODO: decide\n...", module="risk", exercise="3a")
ANSWER = code("s", "%%module risk 3a\nreturn 42", module="risk", exercise="3a")
INTRO = text("i", "# Risk\nYou write the risk phase.")
NEW_INTRO = text("i2", "# Risk\nYou write the whole risk phase.")
RUN = code("r", "process()", OUTPUT)
OWN = code("own", "print(order)", OTHER_OUTPUT)


def test_the_copy_gets_the_new_text() -> None:
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO, RUN), notebook(INTRO, RUN))
    assert merged.notebook == notebook(NEW_INTRO, RUN)


def test_an_answer_stays_and_the_text_around_it_is_new() -> None:
    merged = merge(notebook(INTRO, STARTER), notebook(NEW_INTRO, STARTER), notebook(INTRO, ANSWER))
    assert merged.notebook == notebook(NEW_INTRO, ANSWER)
    assert merged.answers == ["3a"]


def test_an_answer_stays_though_its_starter_has_changed() -> None:
    merged = merge(notebook(STARTER), notebook(NEW_STARTER), notebook(ANSWER))
    assert sources(merged) == ["%%module risk 3a\nreturn 42"]
    assert merged.restarted == ["3a"]


def test_an_untouched_exercise_gets_its_new_starter() -> None:
    merged = merge(notebook(STARTER), notebook(NEW_STARTER), notebook(STARTER))
    assert merged.notebook == notebook(NEW_STARTER)
    assert merged.answers == merged.restarted == []


def test_an_exercise_that_moved_takes_its_answer_along() -> None:
    moved = notebook(NEW_STARTER, INTRO, RUN)
    merged = merge(notebook(INTRO, RUN, STARTER), moved, notebook(INTRO, RUN, ANSWER))
    assert sources(merged)[0] == "%%module risk 3a\nreturn 42"


def test_an_answer_to_an_exercise_that_is_gone_stays_as_a_cell_of_the_learners() -> None:
    merged = merge(notebook(INTRO, STARTER), notebook(INTRO), notebook(INTRO, ANSWER))
    assert sources(merged)[1] == "%%module risk 3a\nreturn 42"


def test_added_cells_stay_beside_their_neighbors() -> None:
    second = code("own2", "order.total")
    base = notebook(INTRO, RUN, text("z", "The end."))
    mine = notebook(text("top", "Mine."), INTRO, RUN, OWN, second, text("z", "The end."))
    new = notebook(NEW_INTRO, RUN, text("n", "New text."), text("z", "The end."))
    merged = merge(base, new, mine)
    assert sources(merged) == [
        *("Mine.", "# Risk\nYou write the whole risk phase."),
        *("process()", "print(order)", "order.total", "New text.", "The end."),
    ]
    assert merged.added == 3


def test_an_added_cell_stays_where_it_is_when_its_neighbor_goes() -> None:
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO), notebook(INTRO, RUN, OWN))
    assert sources(merged)[1:] == ["print(order)"]


def test_an_edit_of_a_given_cell_stays() -> None:
    edited = code("r", 'process(payment_token="tok_declined")', OTHER_OUTPUT)
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO, RUN), notebook(INTRO, edited))
    assert merged.notebook == notebook(NEW_INTRO, edited)
    assert merged.edited == 1


def test_code_that_both_changed_stays_and_a_note_shows_the_new_version() -> None:
    edited = code("r", "process(quantity=2)", OTHER_OUTPUT)
    new = code("r2", "process(sku='A')")
    merged = merge(notebook(RUN), notebook(new), notebook(edited))
    assert sources(merged)[0] == "process(quantity=2)"
    assert merged.notebook["cells"][0]["outputs"] == OTHER_OUTPUT
    assert merged.notebook["cells"][1]["cell_type"] == "markdown"
    assert "```python\nprocess(sku='A')\n```" in sources(merged)[1]


def test_the_note_about_a_new_version_is_not_repeated_and_goes_when_it_is_taken_over() -> None:
    edited, new = code("r", "process(quantity=2)"), code("r2", "process(sku='A')")
    newer = code("r3", "process(sku='B')")
    once = merge(notebook(RUN), notebook(new), notebook(edited)).notebook
    assert len(merge(notebook(new), notebook(newer), once).notebook["cells"]) == 2
    once["cells"][0]["source"] = new["source"]
    assert merge(notebook(new), notebook(newer), once).notebook == notebook(newer)


def test_a_note_that_the_learner_wrote_in_is_kept() -> None:
    edited, new = code("r", "process(quantity=2)"), code("r2", "process(sku='A')")
    once = merge(notebook(RUN), notebook(new), notebook(edited)).notebook
    once["cells"][1]["source"].append("\nAsk Ada about this.")
    merged = merge(notebook(new), notebook(code("r3", "process(sku='B')")), once)
    assert "Ask Ada about this." in "".join(sources(merged))


def test_the_note_survives_code_fences_in_the_new_version() -> None:
    edited, new = code("r", "process(quantity=2)"), code("r2", "process()\n# ```")
    assert "````python\n" in sources(merge(notebook(RUN), notebook(new), notebook(edited)))[1]


def test_text_that_both_changed_appears_in_both_versions_the_new_one_first() -> None:
    noted = text("i", "# Risk\nYou write the risk phase.\nMine: ask about scores.")
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO, RUN), notebook(noted, RUN))
    assert sources(merged) == [
        "# Risk\nYou write the whole risk phase.",
        "# Risk\nYou write the risk phase.\nMine: ask about scores.",
        "process()",
    ]


def test_a_deleted_cell_stays_deleted() -> None:
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO, RUN), notebook(INTRO))
    assert merged.notebook == notebook(NEW_INTRO)


def test_a_deleted_cell_comes_back_when_it_has_changed() -> None:
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO, RUN), notebook(RUN))
    assert merged.notebook == notebook(NEW_INTRO, RUN)


def test_a_given_cell_that_is_gone_goes_unless_the_learner_edited_it() -> None:
    edited = code("r", "process(quantity=2)")
    assert merge(notebook(INTRO, RUN), notebook(INTRO), notebook(INTRO, RUN)).notebook == notebook(
        INTRO
    )
    merged = merge(notebook(INTRO, RUN), notebook(INTRO), notebook(INTRO, edited))
    assert sources(merged)[1] == "process(quantity=2)"


def test_outputs_stay_where_the_source_did_not_change() -> None:
    ran, changed = code("r", "process()", OTHER_OUTPUT), code("c", "deploy()", OTHER_OUTPUT)
    base = notebook(code("r", "process()"), code("c", "deploy()"))
    new = notebook(code("r", "process()", OUTPUT), code("c2", "deploy(Wait=3)", OUTPUT))
    cells = merge(base, new, notebook(ran, changed)).notebook["cells"]
    assert [cell["outputs"] for cell in cells] == [OTHER_OUTPUT, OUTPUT]


def test_what_jupyterlab_notes_about_a_cell_stays() -> None:
    folded = copy.deepcopy(RUN)
    folded["metadata"] = {"collapsed": True}
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO, RUN), notebook(INTRO, folded))
    assert merged.notebook["cells"][1]["metadata"] == {"collapsed": True}


def test_a_cell_that_was_cut_and_pasted_is_still_the_given_one() -> None:
    pasted = copy.deepcopy(RUN)
    pasted["id"] = "other"
    merged = merge(notebook(INTRO, RUN), notebook(NEW_INTRO, RUN), notebook(INTRO, pasted))
    assert merged.notebook == notebook(NEW_INTRO, RUN)


def test_a_duplicate_of_an_exercise_is_an_added_cell() -> None:
    duplicate = {**copy.deepcopy(ANSWER), "id": "other", "source": ["a second try"]}
    merged = merge(notebook(STARTER), notebook(NEW_STARTER), notebook(ANSWER, duplicate))
    assert sources(merged) == ["%%module risk 3a\nreturn 42", "a second try"]


def test_a_copy_without_cell_ids_is_merged_by_its_text() -> None:
    mine = notebook(INTRO, ANSWER, RUN, OWN)
    for cell in mine["cells"]:
        del cell["id"]
    mine["nbformat_minor"] = 4
    merged = merge(notebook(INTRO, STARTER, RUN), notebook(NEW_INTRO, NEW_STARTER, RUN), mine)
    assert sources(merged) == [
        *("# Risk\nYou write the whole risk phase.", "%%module risk 3a\nreturn 42"),
        *("process()", "print(order)"),
    ]
    nbformat.validate(nbformat.from_dict(merged.notebook))


def test_a_changed_module_cell_replaces_the_untouched_one() -> None:
    before = code("a", "%%module workflow\ndef handler(): pass", module="workflow")
    after = code("b", "%%module workflow\nimport json\nN = 3\nX = 1", module="workflow")
    merged = merge(notebook(INTRO, before), notebook(INTRO, after), notebook(INTRO, before, OWN))
    assert sources(merged)[1:] == ["%%module workflow\nimport json\nN = 3\nX = 1", "print(order)"]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_an_untouched_copy_becomes_the_new_notebook_byte_for_byte(path: Path) -> None:
    new_text = path.read_text(encoding="utf-8")
    new, base = json.loads(new_text), json.loads(new_text)
    for number, cell in enumerate(base["cells"]):
        cell["source"] = [*cell["source"], "\n", f"# older {number}"]
        cell["id"] = f"old-{number}"
        if "outputs" in cell:
            cell["outputs"] = []
    del base["cells"][5]
    base["cells"].insert(9, text("gone", "This paragraph no longer exists."))
    merged = merge(base, new, copy.deepcopy(base))
    assert dump(merged.notebook) == new_text


WORDS = st.sampled_from(["", "a", "b", "a b", "a b c", "b c d", "a b c d", "a ", "x\ny"])


@st.composite
def cells(draw: st.DrawFn, prefix: str) -> dict[str, Any]:
    made: dict[str, Any] = draw(st.sampled_from([code, text]))("", draw(WORDS))
    made["id"] = f"{prefix}{draw(st.integers(0, 30))}"
    if made["cell_type"] == "code":
        made["outputs"] = draw(st.sampled_from([[], OUTPUT, OTHER_OUTPUT]))
    return made


@st.composite
def changed(draw: st.DrawFn, before: Notebook, prefix: str) -> Notebook:
    """The notebook after somebody deleted, edited, moved and added cells."""
    kept = [copy.deepcopy(cell) for cell in before["cells"] if draw(st.integers(0, 4))]
    for cell in kept:
        if draw(st.booleans()):
            cell["source"] = draw(WORDS).splitlines(keepends=True)
            if draw(st.booleans()):
                cell["id"] = f"{prefix}{draw(st.integers(0, 30))}"
    if draw(st.integers(0, 4)) == 0:
        kept = draw(st.permutations(kept))
    for cell in draw(st.lists(cells(prefix), max_size=4)):
        kept.insert(draw(st.integers(0, len(kept))), cell)
    return distinct(notebook(*kept))


def distinct(made: Notebook) -> Notebook:
    """Without a second cell of the same id, or a second one for the same exercise."""
    found: dict[str, dict[str, Any]] = {}
    for cell in made["cells"]:
        found.setdefault(cell["id"], cell)
    return {**made, "cells": list(found.values())}


@st.composite
def histories(draw: st.DrawFn, own_ids: str = "mt") -> History:
    """Base, theirs, mine, whose added cells may have the ids of new cells of theirs."""
    given_cells = draw(st.lists(cells("g"), max_size=6))
    if draw(st.booleans()):
        given_cells.append(STARTER)
    base = distinct(notebook(*given_cells))
    return base, draw(changed(base, "t")), draw(changed(base, draw(st.sampled_from(own_ids))))


@given(histories())
def test_no_cell_of_the_learners_is_ever_lost(history: History) -> None:
    base, theirs, mine = history
    merged = Counter(bare(cell) for cell in merge(base, theirs, mine).notebook["cells"])
    given_texts = {bare(cell) for cell in base["cells"]}
    theirs_too = {bare(cell) for cell in theirs["cells"]}
    own = Counter(bare(cell) for cell in mine["cells"])
    for source, count in own.items():
        if source not in given_texts | theirs_too:
            assert merged[source] >= count


@given(histories())
def test_merging_twice_changes_nothing(history: History) -> None:
    base, theirs, mine = history
    once = merge(base, theirs, mine).notebook
    assert merge(theirs, theirs, once).notebook == once


@given(histories())
def test_without_a_new_version_the_copy_has_the_same_cells(history: History) -> None:
    base, _, mine = history
    merged = merge(base, base, mine).notebook
    assert Counter(map(bare, merged["cells"])) == Counter(map(bare, mine["cells"]))


def test_an_edit_like_a_removed_cell_survives_a_merge_that_was_cut_short() -> None:
    base = notebook(code("a", "x = 1"), code("r", "process()"))
    theirs = notebook(code("t", "process()"))
    mine = notebook(code("a", "x = 1"), code("r", "x = 1"))
    once = merge(base, theirs, mine)
    assert sources(once) == ["x = 1"]
    assert merge(base, theirs, once.notebook).notebook == once.notebook


def test_new_cells_like_removed_ones_survive_a_merge_that_was_cut_short() -> None:
    start, end = text("start", "The start."), text("end", "The end.")
    base = notebook(start, code("gone", "deploy()"), end, code("old", "deploy()"))
    theirs = notebook(start, end, code("new", "deploy()"), code("more", "deploy(3)"))
    once = merge(base, theirs, notebook(code("old", "deploy()")))
    assert sources(once) == ["deploy()", "deploy(3)"]
    assert merge(base, theirs, once.notebook).notebook == once.notebook


@given(histories(own_ids="m"))
def test_a_merge_that_was_cut_short_is_taken_up_again(history: History) -> None:
    base, theirs, mine = history
    once = merge(base, theirs, mine).notebook
    again = Counter(bare(cell) for cell in merge(base, theirs, once).notebook["cells"])
    assert all(again[bare(cell)] for cell in once["cells"])


@given(histories())
def test_an_untouched_copy_becomes_the_new_notebook(history: History) -> None:
    base, theirs, _ = history
    assert merge(base, theirs, copy.deepcopy(base)).notebook == theirs


@given(histories())
def test_every_merged_notebook_is_valid(history: History) -> None:
    merged = merge(*history).notebook
    nbformat.validate(nbformat.from_dict(merged))
    assert len({cell["id"] for cell in merged["cells"]}) == len(merged["cells"])
