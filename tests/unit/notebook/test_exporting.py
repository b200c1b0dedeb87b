"""An exported order: one file that only its owner can read, and that loads nothing else."""

import base64
import hashlib
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.unit.followed_cloud import Cloud
from tests.unit.timelines import EVENTFUL
from workshop.notebook.timeline import export
from workshop.notebook.timeline.source import Source

NASTY = "</script><script>alert(1)</script>"


@pytest.fixture
def source(cloud: Cloud) -> Source:
    failed = [{**event} for event in EVENTFUL]
    failed[0] |= {"Name": NASTY}
    failed[1] |= {"Name": NASTY}
    failed[2] |= {"Name": NASTY}
    cloud.events = failed
    found = cloud.source()
    found.read()
    return found


def frames(page: str) -> list[dict[str, Any]]:
    found = re.search(r'id="frames">(.*?)</script>', page, re.DOTALL)
    assert found
    return list(json.loads(found[1]))


def test_each_event_has_a_frame_and_each_frame_says_what_its_invocations_skipped(
    source: Source,
) -> None:
    found = frames(export.page(source))
    assert len(found) == len(EVENTFUL)
    assert found[1]["event"] == f"StepStarted {NASTY}"
    assert [run["skipped"] for run in found[-1]["runs"]] == [
        [],
        [NASTY],
        [NASTY, "check-inventory"],
        [NASTY, "check-inventory", "process-payment", "warehouse-processing"],
    ]
    assert found[-1]["rows"][0]["detail"] == ["Result: ok"]


def test_the_page_runs_only_its_own_script_and_loads_nothing(source: Source) -> None:
    page = export.page(source)
    assert NASTY not in page
    assert page.count("<script") == page.count("</script>") == 2
    for kind, tag in (("script", 'script type="module"'), ("style", "style")):
        text = page.split(f"<{tag}>")[1].split(f"</{kind}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|@import|url\(|src=|href=", page)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_its_owner_can_read_the_file_even_if_others_could(
    source: Source, tmp_path: Path
) -> None:
    path = tmp_path / "order.html"
    path.touch(0o644)
    export.write(source, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
