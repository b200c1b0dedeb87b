"""A learner's folder of a test's own, instead of the repository's `my-work/`."""

from pathlib import Path

import pytest

from workshop.course import active_notebook, application, my_work, own_application, workspace
from workshop.course.application import Application


def own_app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Let `my-work/` be in this folder, and no kernel have begun a notebook."""
    home = folder / "my-work"
    app = Application(home / "app", home / "app" / "requirements.txt")
    monkeypatch.setattr(application, "ROOT", folder)
    monkeypatch.setattr(application, "YOURS", app)
    monkeypatch.setattr(workspace, "ROOT", folder)
    monkeypatch.setattr(workspace, "LEFT", home / "left")
    monkeypatch.setattr(own_application, "GIVEN", home / ".given")
    monkeypatch.setattr(my_work, "HOME", home)
    monkeypatch.setattr(active_notebook, "_mine", {})
    return app
