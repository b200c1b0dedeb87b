"""What every notebook has, read from the files: header, pictures, quiz, links, and no drift."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from tests.notebooks.conftest import FOLDERS, MANIFEST, Notebook, every_notebook
from workshop.authoring import build, sizes, sync
from workshop.authoring.sanitizing import sanitize
from workshop.course import quizzes, stages
from workshop.paths import ROOT

MARKDOWN = MarkdownIt()
IMAGE_TAG = re.compile(r"<img\b[^>]*>")
WAYS = {"local"}


def tokens(text: str):
    """All Markdown tokens, the inner ones too."""
    pending = list(MARKDOWN.parse(text))
    while pending:
        token = pending.pop(0)
        yield token
        pending = [*(token.children or []), *pending]


def test_nothing_differs_from_its_source() -> None:
    assert list(sync.drift()) == []


def test_every_notebook_is_in_the_manifest_and_the_other_way_round() -> None:
    for folder in FOLDERS:
        assert sorted(path.stem for path in (ROOT / folder).glob("*.ipynb")) == sorted(MANIFEST)
    assert all(entry["run"] in WAYS for entry in MANIFEST.values())


@pytest.mark.parametrize("source", build.sources(), ids=lambda source: source.stem)
def test_a_cell_is_short_and_a_learner_writes_one_line_for_ten_given_ones(source: Path) -> None:
    assert list(sizes.too_large(source)) == []


@every_notebook
def test_a_notebook_opens_with_title_minutes_and_what_it_costs(notebook: Notebook) -> None:
    first = notebook.cells[0].source
    entry = MANIFEST[notebook.name]
    assert first.startswith(f"# {notebook.name[:2]} · {entry['title']}\n")
    for wanted in ("**You build**", "**Time**", "**You need**", "**Cost on AWS**"):
        assert wanted in first
    assert re.search(rf"\*\*Time\*\*(: | \| ){entry['minutes']} minutes", first)


@every_notebook
def test_a_notebook_has_a_picture_and_every_picture_has_words(notebook: Notebook) -> None:
    images = [token for token in tokens(notebook.text) if token.type == "image"]
    diagrams = [
        token.content
        for token in tokens(notebook.text)
        if token.type == "fence" and token.info == "mermaid"
    ]
    assert images or diagrams
    assert all(len(image.content) > 30 for image in images)
    assert all("alt=" in tag for tag in IMAGE_TAG.findall(notebook.text))
    for diagram in diagrams:
        assert "accTitle:" in diagram
        assert re.search(r"accDescr: .{31}", diagram)


@every_notebook
def test_every_link_leads_somewhere(notebook: Notebook) -> None:
    for token in tokens(notebook.text):
        address = {"link_open": "href", "image": "src"}.get(token.type)
        if address is None:
            continue
        url = str(token.attrs[address])
        if re.match(r"[a-z][a-z0-9+.-]*:", url):
            assert url.startswith("https://"), url
            continue
        path, _, _anchor = unquote(url).partition("#")
        assert not path or (notebook.path.parent / path).exists(), url


@every_notebook
def test_a_notebook_ends_with_three_questions_a_recap_and_the_next_one(notebook: Notebook) -> None:
    assert len(quizzes.of(notebook.name[:2])) == 3
    (asks,) = (cell for cell in notebook.cells if "quiz" in cell.metadata.get("tags", []))
    assert asks.source.endswith(f'quiz("{notebook.name[:2]}")')
    last = notebook.cells[-1].source
    assert last.startswith("## Recap\n")
    names = list(MANIFEST)
    following = names[names.index(notebook.name) + 1 :]
    if following:
        assert f"({following[0]}.ipynb)" in last


@every_notebook
def test_a_notebook_begins_itself_deploys_and_stores_what_it_showed(notebook: Notebook) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert f'begin("{notebook.name[:2]}")' in code[0].source
    assert all(cell.execution_count for cell in code), "its outputs are not stored"
    deployed = [cell for cell in code if "deploy" in cell.metadata.get("tags", [])]
    assert bool(deployed) == MANIFEST[notebook.name]["deploys"]
    for cell in deployed:
        assert "Deployed: " in cell.outputs[0].data["text/plain"]
    assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]


@every_notebook
def test_a_cell_is_ignored_only_for_a_reason(notebook: Notebook) -> None:
    for cell in notebook.cells:
        if {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", [])):
            assert len(cell.metadata.get("reason", "")) > 20


@every_notebook
def test_outputs_are_plain_and_name_no_machine(notebook: Notebook) -> None:
    stored = str([cell.get("outputs") for cell in notebook.cells])
    assert "\\x1b[" not in stored
    assert str(ROOT) not in stored
    assert str(Path.home()) + "/" not in stored


@every_notebook
def test_an_output_bears_the_number_of_its_cell(notebook: Notebook) -> None:
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        numbers = {output.get("execution_count", cell.execution_count) for output in cell.outputs}
        assert numbers <= {cell.execution_count}


@every_notebook
def test_notebooks_import_only_the_workshop(notebook: Notebook) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.source.startswith("%%"):
            imported = re.findall(r"^(?:from|import) (\w+)", cell.source, re.MULTILINE)
            assert set(imported) <= {"workshop"}


@pytest.mark.parametrize("source", build.sources(), ids=lambda source: source.stem)
def test_an_unsolved_exercise_says_so_and_a_solved_one_passes(source: Path) -> None:
    shown = {
        folder: "\n".join(
            output.data.get("text/plain", "")
            for cell in Notebook(folder, source.stem).cells
            if cell.cell_type == "code" and cell.source.startswith("check(")
            for output in cell.outputs
        )
        for folder in FOLDERS
    }
    exercises = [c for c in stages.codes() if c.notebook == source.stem[:2] and c.exercise]
    assert shown["notebooks"].count(": not yet attempted") == len(exercises)
    assert shown["solutions"].count(": passed") == len(exercises)


@pytest.mark.parametrize("name", MANIFEST)
def test_solving_the_exercises_changes_what_the_checks_show_and_nothing_else(name: str) -> None:
    """A stored output that was altered by hand, or grew old, is seen here before nbval runs."""
    unsolved, solved = (shown(Notebook(folder, name)) for folder in FOLDERS)
    assert unsolved.keys() & solved.keys()
    for cell in unsolved.keys() & solved.keys():
        assert unsolved[cell] == solved[cell]


def shown(notebook: Notebook) -> dict[str, list[object]]:
    """What each cell shows, except for checks and figures; all that it prints is one text."""
    found = {}
    for cell in notebook.cells:
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "code" and not cell.source.startswith("check("):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            data = [output.data for output in cell.outputs if "data" in output]
            found[cell["id"]] = sanitize([printed, *data])
    return found
