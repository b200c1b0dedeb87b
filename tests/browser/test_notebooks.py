"""What a person sees who opens a notebook and runs it."""

import json
import re
import subprocess

import pytest
import requests

from tests.browser.conftest import RUN_SECONDS, clear_outputs, idle, nothing_went_wrong, run_all
from workshop.course import journal
from workshop.orders.contract import OPERATIONS

pytestmark = pytest.mark.timeout(RUN_SECONDS * 2)


@pytest.fixture
def expect():
    """Playwright's expectations, imported when there is a browser."""
    from playwright.sync_api import expect

    return expect


def test_start_here_shows_an_order_and_its_17_operations(open_notebook, expect) -> None:
    page, panel = open_notebook("my-work/notebooks/00_start_here.ipynb")
    clear_outputs(page)
    run_all(page, panel)
    assert nothing_went_wrong(panel)
    expect(panel.get_by_text("Ready for notebook 00.")).to_be_visible()
    expect(panel.get_by_text(re.compile("^Deployed: the stack durable-orders"))).to_be_visible()
    rows = panel.get_by_role("table", name="The execution succeeded").locator("tbody tr")
    expect(rows).to_have_count(17)
    rows.first.scroll_into_view_if_needed()
    names = [row.locator("td").nth(1).text_content() for row in rows.all()]
    assert names == list(OPERATIONS)
    expect(panel.get_by_text("Lambda invoked the function 3 times.")).to_be_visible()
    expect(panel.get_by_text("('completed', 91.98, {'done': 17, 'of': 17})")).to_be_visible()
    charged = panel.get_by_role("table", name="What the partners did for this order")
    expect(
        charged.get_by_role("row", name=re.compile("^charge#.* 2 amountCents=9934"))
    ).to_be_visible()


def test_stored_outputs_are_trusted_before_anything_is_run(lab) -> None:
    headers = {"Authorization": f"token {lab.token}"}
    for folder in ("my-work/notebooks", "notebooks", "solutions"):
        address = f"{lab.url}/api/contents/{folder}/07_when_things_fail.ipynb"
        cells = requests.get(address, headers=headers, timeout=30).json()["content"]["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert all(cell["metadata"]["trusted"] for cell in code)


def test_the_architecture_is_drawn(open_notebook) -> None:
    _, panel = open_notebook("my-work/notebooks/00_start_here.ipynb")
    picture = panel.get_by_role("img", name=re.compile("^A client posts an order"))
    picture.scroll_into_view_if_needed()
    picture.evaluate("image => image.decode()")  # ends when it is drawn, fails if it cannot be
    assert picture.bounding_box()["width"] > 300


def test_code_that_is_too_wide_scrolls_and_is_not_broken_in_a_word(open_notebook, expect) -> None:
    page, panel = open_notebook("my-work/notebooks/00_start_here.ipynb")
    page.set_viewport_size({"width": 1000, "height": 1000})
    code = panel.locator(".jp-RenderedMarkdown pre", has_text="def run_operations").first
    expect(code).to_be_visible()
    assert code.evaluate("block => block.scrollWidth > block.clientWidth")


def test_the_first_durable_function_runs_unsolved(open_notebook, expect) -> None:
    page, panel = open_notebook("my-work/notebooks/01_your_first_durable_function.ipynb")
    clear_outputs(page)
    run_all(page, panel)
    assert nothing_went_wrong(panel)
    expect(panel.get_by_text(re.compile(r"1[ab] · .*: not yet attempted"))).to_have_count(2)
    calls = panel.get_by_role("table", name="What the partners did for this order")
    asked = [
        table.get_by_role("row", name=re.compile("^email#thanks"))
        .locator("td")
        .nth(1)
        .text_content()
        for table in calls.all()
    ]
    assert asked == ["1", "3", "1"]
    expect(panel.locator(".jp-RenderedMermaid img")).to_have_count(1)


def test_a_quiz_is_answered_by_keyboard_and_kept(lab, open_notebook, expect) -> None:
    path = "my-work/notebooks/01_your_first_durable_function.ipynb"
    page, panel = open_notebook(path)
    run_cell(panel, page, "from workshop.notebook import quiz")
    question = panel.get_by_role("group", name=re.compile("Where may the handler write"))
    answer = question.get_by_role("button", name=re.compile("Before the first step"))
    why = question.get_by_role("status").filter(has_text="✗ Not quite.")
    expect(answer).to_have_attribute("aria-expanded", "false")
    answer.focus()
    page.keyboard.press("Enter")
    expect(why).to_be_visible()
    expect(question.get_by_role("status").filter(has_text="✓ Yes.")).to_have_count(0)
    idle(page)
    *_, kept = journal.read(lab.copy / "my-work" / journal.NAME)
    assert (kept.exercise, kept.outcome) == ("01.2", "wrong")


def test_a_learner_solves_an_exercise(open_notebook, expect) -> None:
    page, panel = open_notebook("my-work/notebooks/01_your_first_durable_function.ipynb")
    run_cell(panel, page, "from workshop.notebook import begin")
    expect(panel.get_by_text("Ready for notebook 01.")).to_be_visible()
    run_cell(panel, page, "%%change validation")
    exercise = cell_with(panel, "%%module workflow 1a")
    line = exercise.locator(".cm-line", has_text="TODO")
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("Shift+Home")
    page.keyboard.type('order = ctx.step(validate_order(event), name="validate-order")')
    page.keyboard.press("Shift+Enter")
    expect(exercise.get_by_text("Your answer to 1a is kept.")).to_be_visible()
    run_cell(panel, page, 'check("1a")')
    expect(panel.get_by_text("1a · Validate the order in a step: passed")).to_be_visible()


def test_a_save_keeps_the_cells_ids_and_changes_no_tracked_file(lab, open_notebook, expect) -> None:
    name = "05_ship_and_complete.ipynb"
    page, panel = open_notebook(f"my-work/notebooks/{name}")
    run_cell(panel, page, "from workshop.notebook import begin")
    expect(panel.get_by_text("Ready for notebook 05.").first).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "PUT" and name in answer.url):
        page.keyboard.press("Control+s")
    copy, original = lab.copy / "my-work" / "notebooks" / name, lab.copy / "notebooks" / name
    assert copy.read_bytes() != original.read_bytes()
    assert ids(copy) == ids(original)
    status = ["git", "status", "--porcelain", "--untracked-files=no", "notebooks", "solutions"]
    assert subprocess.run(status, cwd=lab.copy, capture_output=True, check=True).stdout == b""


def ids(path) -> list[tuple[str, object]]:
    """The id of each cell of a notebook, and what the workshop notes about it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["id"], cell["metadata"].get("workshop")) for cell in cells]


def cell_with(panel, code: str):
    """The code cell that begins with this."""
    written = panel.page.locator(".jp-InputArea", has_text=code)
    return panel.locator(".jp-CodeCell").filter(has=written).first


def run_cell(panel, page, code: str) -> None:
    """Click into a cell and press Shift + Enter."""
    cell_with(panel, code).locator(".cm-line").first.click()
    page.keyboard.press("Shift+Enter")
