"""The rule of words finds what docs/words.toml lists, in what people read and nowhere else."""

import tomllib

import pytest

from workshop.authoring import words
from workshop.commands import lint
from workshop.paths import ROOT

ENTRIES = tomllib.loads((ROOT / "docs/words.toml").read_text("utf-8"))["rule"]
MEND = 'mend": say "fix" or "repair"'


def found(source, name="workshop/thing.py"):
    return list(words.find(name, source, words.rules()))


@pytest.mark.parametrize(
    ("rule", "entry"), list(zip(words.rules(), ENTRIES, strict=True)), ids=lambda each: ""
)
def test_each_rule_catches_its_sentence_and_passes_the_other(rule, entry):
    name = rule.only[0].replace("*", "some.py")
    assert list(words.find(name, f'"""{entry["catches"]}"""\n', [rule]))
    assert list(words.find(name, f'"""{entry["passes"]}"""\n', [rule])) == []


def test_a_finding_names_the_file_the_line_the_word_and_what_to_say():
    assert found("\n\nFirst mend it.\n", "docs/a.md") == [
        'docs/a.md:3: "mend": say "fix" or "repair"'
    ]


@pytest.mark.parametrize(
    ("name", "source", "line"),
    {
        "a docstring": (
            "workshop/a.py",
            'def f():\n    """Say how.\n\n    And mend it.\n    """\n',
            4,
        ),
        "a comment": ("workshop/a.py", "x = 1  # mend it\n", 1),
        "a message": ("workshop/a.py", 'raise E(\n    "Now "\n    "mend it.",\n)\n', 3),
        "a message with a value": ("workshop/a.py", 'raise E(f"Now mend {path} {x!r:>3}.")\n', 1),
        "a cell of Markdown": (
            "curriculum/01.py",
            "# %% [markdown]\n# # Title\n#\n# Mend it.\n",
            4,
        ),
        "a docstring of a test": ("tests/a.py", 'def f():\n    """Mend it."""\n', 2),
        "a docstring of a module": ("tests/a.py", '# A comment.\n\n"""Mend it."""\n', 3),
        "the name of a test": ("tests/a.py", "def test_people_mend_it():\n    pass\n", 1),
        "a help text": ("Makefile", "doctor: ## say how to mend it\n", 1),
    }.values(),
)
def test_it_reads_what_people_read(name, source, line):
    assert found(source, name) == [
        f'{name}:{line}: "{w}": say "fix" or "repair"' for w in _word(source)
    ]


def _word(source):
    return [word for word in ("Mend", "mend") if word in source]


def test_it_finds_words_on_two_lines():
    assert found('"""The whole, save\n    for one."""\n') == [
        'workshop/thing.py:1: "save for": say "except"'
    ]


@pytest.mark.parametrize(
    ("name", "source"),
    {
        "a name": ("workshop/a.py", "mend = finding.mend\n"),
        "a key": ("workshop/a.py", 'row["mend"]\n'),
        "two strings side by side": ("workshop/a.py", 'row = ["not to save", "for you"]\n'),
        "a code span": ("docs/a.md", "Say fix, not `mend`.\n"),
        "a code span in a docstring": ("workshop/a.py", '"""Say ``mend`` here."""\n'),
        "what a test compares with": ("tests/a.py", 'assert text == "Mend it."\n'),
    }.values(),
)
def test_it_leaves_code_and_quotations(name, source):
    assert found(source, name) == []


def test_a_repository_is_read_with_its_hidden_folders_but_not_what_is_generated(tmp_path):
    for name in (".github/ISSUE_TEMPLATE/a.yml", "docs/a.md", "README.md", "solutions/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("Mend it.\n", encoding="utf-8")
    names = [each.split(":")[0] for each in words.findings(tmp_path, words.rules())]
    assert names == [".github/ISSUE_TEMPLATE/a.yml", "README.md", "docs/a.md"]


def test_lint_fails_on_a_word_and_names_its_line(tmp_path, monkeypatch, capsys):
    known = words.rules()
    monkeypatch.setattr(words, "ROOT", tmp_path)
    monkeypatch.setattr(words, "rules", lambda: known)
    (tmp_path / "README.md").write_text("Mend it.\n", encoding="utf-8")
    assert words.main() == 1
    assert capsys.readouterr().out == 'README.md:1: "Mend": say "fix" or "repair"\n'
    (tmp_path / "README.md").write_text("Fix it.\n", encoding="utf-8")
    assert words.main() == 0


def test_lint_runs_the_rule():
    assert lint.commands(fix=False)["words"][-1] == words.__name__
