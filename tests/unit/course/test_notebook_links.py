"""A link of a notebook leads to the same place from a folder one level deeper."""

import pytest

from workshop.course.notebook_links import one_level_deeper


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[How](../docs/a.md#b)", "[How](../../docs/a.md#b)"),
        ("[How]( <../docs/a b.md>)", "[How]( <../../docs/a b.md>)"),
        ("![A picture](../docs/a.svg 'title')", "![A picture](../../docs/a.svg 'title')"),
        ("[![A](../a.svg)](../b.md)", "[![A](../../a.svg)](../../b.md)"),
        ("[how]: ../docs/a.md", "[how]: ../../docs/a.md"),
        (
            "<img src='../a.svg'> <a href=\"../b.md\">",
            "<img src='../../a.svg'> <a href=\"../../b.md\">",
        ),
    ],
)
def test_a_link_out_of_the_folder_is_rewritten(written: str, expected: str) -> None:
    assert one_level_deeper(written) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[03](03_risk_and_invoice.ipynb), [a place](#here)",
        "[AWS](https://aws.amazon.com/../x), [a file](/docs/../x)",
        "![attached](attachment:a.png)",
        "Look at ../docs, or `[x](../docs/a.md)`, or ``a ` [x](../a.md)``.",
        "```markdown\n[x](../docs/a.md)\n```",
        "~~~\n[x](../docs/a.md)\n~~~",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert one_level_deeper(text) == text


def test_a_link_after_code_is_rewritten() -> None:
    text = "`a`\n```\n[x](../a)\n```\n[x](../a)"
    assert one_level_deeper(text) == "`a`\n```\n[x](../a)\n```\n[x](../../a)"
