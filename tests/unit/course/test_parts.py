"""A cell that holds parts of a module: they replace their namesakes, and the rest stays."""

import ast
import subprocess
import sys

import pytest

from workshop.course import parts, stages

WHOLE = '''"""A module."""

import store
from outcomes import Order

LIMIT = 5


# Why it is so.
@store.kept
def first(order: Order) -> int:
    """The first."""
    return LIMIT


def second() -> int:
    return 2
'''
MODULES = stages.complete()


def test_a_function_replaces_its_namesake_with_decorators_and_comment() -> None:
    part = "# Another reason.\ndef first() -> int:\n    return 1\n"
    old = WHOLE[WHOLE.index("# Why") : WHOLE.index("\n\n\ndef second")]
    assert parts.merge(WHOLE, part) == WHOLE.replace(old, part.rstrip())


def test_a_value_and_a_docstring_are_replaced() -> None:
    merged = parts.merge(WHOLE, '"""Another."""\n\nLIMIT = 6\n')
    assert merged == WHOLE.replace("A module.", "Another.").replace("LIMIT = 5", "LIMIT = 6")


def test_what_is_new_is_added_at_the_end() -> None:
    assert parts.merge(WHOLE, "def third() -> int:\n    return 3\n") == (
        WHOLE + "\n\ndef third() -> int:\n    return 3\n"
    )


def test_what_is_new_is_added_before_the_main_block() -> None:
    main = '\n\nif __name__ == "__main__":\n    print(second())\n'
    merged = parts.merge(WHOLE + main, "def third() -> int:\n    return 3\n")
    assert merged == WHOLE + "\n\ndef third() -> int:\n    return 3\n" + main


def test_missing_imports_are_added_in_their_place() -> None:
    part = "import time\n\nfrom boto3 import client\n\nfrom outcomes import LAST, Order, refused\n"
    assert parts.merge(WHOLE, part) == WHOLE.replace(
        "import store\nfrom outcomes import Order",
        "import time\n\nfrom boto3 import client\n\nimport store\n"
        "from outcomes import LAST, Order, refused",
    )


def test_a_module_without_imports_gets_them_below_its_docstring() -> None:
    assert parts.merge('"""M."""\n\nX = 1\n', "import time\n") == (
        '"""M."""\n\nimport time\n\n\nX = 1\n'
    )


def test_an_empty_module_becomes_the_part() -> None:
    assert parts.merge("", WHOLE) == WHOLE


@pytest.mark.parametrize("module", MODULES)
def test_a_module_merged_into_itself_stays_as_it_is(module: str) -> None:
    assert parts.merge(MODULES[module], MODULES[module]) == MODULES[module]


@pytest.mark.parametrize("module", MODULES)
def test_an_import_that_is_taken_out_and_merged_comes_back_to_its_place(module: str) -> None:
    text = MODULES[module]
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            lines = text.splitlines()
            own = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            rest = "\n".join([*lines[: node.lineno - 1], *lines[node.end_lineno :]])
            if parts._imports(rest)[0] | parts._imports(rest)[1].keys():
                assert parts.merge(rest + "\n", own).split() == text.split()


@pytest.mark.parametrize("module", MODULES)
def test_a_merged_module_is_as_the_formatter_writes_it(module: str) -> None:
    part = "import zlib\n\nfrom store import load\n\nLAST = 1\n\n\ndef last() -> None:\n    pass\n"
    merged = parts.merge(MODULES[module], part)
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "x.py", "-"]
    done = subprocess.run(command, input=merged, capture_output=True, text=True, check=True)
    assert done.stdout == merged


def test_a_line_of_the_whole_is_found_in_the_part() -> None:
    part = 'import time\nX = 1\n\n\ndef second() -> int:\n    # Why.\n    return int("x")\n'
    merged = parts.merge(WHOLE, part)
    wanted = {
        number: parts.line_in_part(merged, part, number)
        for number, line in enumerate(merged.splitlines(), 1)
        if line in {"import time", "X = 1", '    return int("x")', "    return LIMIT"}
    }
    assert list(wanted.values()) == [1, None, 7, 2]


def test_the_names_of_a_part_are_what_it_defines() -> None:
    assert parts.names(WHOLE) == {"LIMIT", "first", "second"}
