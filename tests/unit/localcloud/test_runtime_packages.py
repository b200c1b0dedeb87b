"""The packages of Lambda's Python runtime are linked once, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workshop.localcloud.runtime_packages import link


def test_processes_that_ask_at_once_get_one_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(link, [tmp_path / "runtime"] * 32))
    assert len(made) == 1
    assert {"boto3", "aws_durable_execution_sdk_python"} <= {
        path.name for path in made.pop().iterdir()
    }
    assert len(list((tmp_path / "runtime").iterdir())) == 1


def test_what_python_writes_beside_the_packages_does_not_make_them_again(tmp_path: Path) -> None:
    folder = link(tmp_path / "runtime")
    (folder / "__pycache__").mkdir()
    assert (link(tmp_path / "runtime") / "__pycache__").exists()
