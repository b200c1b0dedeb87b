"""The pages beside the notebooks: links that lead somewhere, and true figures."""

import json
import re
import tomllib
from fnmatch import fnmatch

import pytest
import yaml

from workshop.exercises import catalogue
from workshop.paths import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDE = (ROOT / "docs" / "instructor-guide.md").read_text(encoding="utf-8")
MANIFEST = tomllib.loads((ROOT / "curriculum" / "manifest.toml").read_text(encoding="utf-8"))
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-]+\.(?:py|ipynb|md|toml|yaml|json|svg|js|css|cfg|in|txt)")
MODULE = re.compile(r"workshop(?:\.[a-z_]+)+")
MADE = ("build/", "my-work/", ".workshop/", "layer/")  # by setup, and by a learner
FOLDERS = (
    *("binder", "curriculum", "docs", "jupyter", "modules", "notebooks", "requirements"),
    *("solutions", "tests", "workshop"),
)
FILES = {
    path.name
    for path in (*ROOT.iterdir(), *(each for name in FOLDERS for each in (ROOT / name).rglob("*")))
}


def missing(text: str) -> list[str]:
    """The files, folders and modules that a page names in code spans, and that do not exist.

    NN stands for the number of a notebook, and `name` for its name.
    """
    return [span for span in CODE_SPAN.findall(text) for word in span.split() if not exists(word)]


def exists(word: str) -> bool:
    word = word.strip(",;:\"'()")
    pattern = re.sub(r"NN(_name)?", "*", word).rstrip("/")
    top, _, inside = word.partition("/")
    if MODULE.fullmatch(word):
        parts = word.split(".")
        places = (ROOT.joinpath(*parts), ROOT.joinpath(*parts[:-1]))
        return any(place.is_dir() or place.with_suffix(".py").exists() for place in places)
    if top and inside and not word.startswith(MADE):
        is_path = (ROOT / top).exists() or FILE.fullmatch(inside.rpartition("/")[2])
        return not is_path or any(ROOT.glob(pattern))
    return not FILE.fullmatch(word) or any(fnmatch(name, pattern) for name in FILES)


@every_page
def test_every_link_of_a_page_leads_somewhere(page):
    for address in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if ":" in address:
            assert address.startswith("https://"), address
        else:
            assert (page.parent / address.partition("#")[0]).exists(), address


@every_page
def test_every_file_that_a_page_names_exists(page):
    assert missing(page.read_text(encoding="utf-8")) == []


def test_a_file_that_moved_is_missed():
    text = (
        "`workshop/setup/findings.py` `modules/` `store.py` `curriculum/NN_name.py` `a/b` `/orders`"
    )
    assert missing(text) == []
    moved = ["workshop/checks/", "module/store.py", "cards.py", "workshop.bench.run"]
    assert missing(" ".join(f"`{name}`" for name in moved)) == moved


@every_page
def test_every_picture_of_a_page_has_words(page):
    for words in re.findall(r"!\[([^\]]*)\]", page.read_text(encoding="utf-8")):
        assert len(words) > 30


def test_the_guide_has_the_minutes_of_the_manifest():
    for name, entry in MANIFEST.items():
        assert f"| {name[:2]} {entry['title']} | {entry['minutes']} |" in GUIDE
    assert f"{sum(entry['minutes'] for entry in MANIFEST.values())} in all" in GUIDE


def test_a_problem_can_be_reported_for_every_notebook():
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/problem.yml").read_text(encoding="utf-8"))
    (notebook,) = (part for part in form["body"] if part.get("id") == "notebook")
    assert notebook["attributes"]["options"][1:] == [name[:2] for name in MANIFEST]


def test_the_guide_knows_what_goes_wrong_in_each_exercise():
    for exercise in catalogue.everything():
        assert f"\n| {exercise.id} | " in GUIDE


def test_binder_and_conda_take_the_same_python():
    conda, binder = (
        yaml.safe_load((ROOT / folder / "environment.yml").read_text(encoding="utf-8"))
        for folder in (".", "binder")
    )
    assert conda["dependencies"][0] == binder["dependencies"][0] == "python=3.13"
    assert "-r requirements/workshop.txt" in conda["dependencies"][-1]["pip"]
    assert "-r requirements/workshop.txt" in (ROOT / "binder" / "postBuild").read_text()


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_what_binder_runs_can_be_run(name):
    assert (ROOT / "binder" / name).read_text().startswith("#!/usr/bin/env bash\n")
    assert (ROOT / "binder" / name).stat().st_mode & 0o111


def test_the_devcontainer_takes_the_same_python():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    assert json.loads(text)["image"].endswith("python:3.13")
