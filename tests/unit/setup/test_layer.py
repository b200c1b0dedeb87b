"""What the functions' layer holds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.setup import layer


def test_a_layer_that_is_not_pure_python_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "LAYER", tmp_path / "layer")
    (layer.new_folder() / "fast").mkdir(parents=True)
    (layer.new_folder() / "fast" / "core.so").touch()
    with pytest.raises(WorkshopError, match=r"core\.so"):
        layer.put_in_place(Path(sys.executable))
    assert not paths.LAYER.exists()


def test_the_layer_holds_only_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "LAYER", tmp_path / "layer")
    new = layer.new_folder()
    (new / "bin").mkdir(parents=True)
    (new / ".lock").touch()
    for service in ("dynamodb", "groundstation"):
        (new / "botocore" / "data" / service).mkdir(parents=True)
    (new / "botocore" / "client.py").write_text("made = 1\n")
    layer.put_in_place(Path(sys.executable))
    assert [path.name for path in (paths.LAYER / "python").iterdir()] == ["botocore"]
    left = paths.LAYER / "python" / "botocore"
    assert [path.name for path in (left / "data").iterdir()] == ["dynamodb"]
    assert len(list(left.glob("__pycache__/client.*.pyc"))) == 1


def test_the_layer_and_the_tests_use_the_same_versions():
    lines = {
        name: set((paths.ROOT / "requirements" / f"{name}.txt").read_text().splitlines())
        for name in ("lambda", "workshop")
    }
    assert lines["lambda"] <= lines["workshop"]
