"""The two SAM applications: the finished one of the repository, and the learner's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workshop.paths import MY_WORK, ROOT

SKELETON = ROOT / "skeleton"


@dataclass(frozen=True)
class Application:
    """A folder that plain ``sam deploy`` can deploy: template, modules, and the layer's content."""

    folder: Path
    requirements: Path

    @property
    def template(self) -> Path:
        """The SAM template."""
        return self.folder / "template.yaml"

    @property
    def modules(self) -> Path:
        """The code of its functions."""
        return self.folder / "modules"

    @property
    def layer(self) -> Path:
        """The packages of its Lambda layer."""
        return self.folder / "build" / "layer"

    @property
    def tests(self) -> Path:
        """The tests of its code."""
        return self.folder / "tests"

    @property
    def service(self) -> Path:
        """The service that notebook 12 makes; for the finished application, what it copies."""
        return SKELETON if self.folder == ROOT else self.folder.parent / "shop"

    def file_of(self, module: str) -> Path:
        """Return the path of a module, of a test, or of a module of the service."""
        if is_of_service(module):
            return (self.service / "src").joinpath(*module.split(".")).with_suffix(".py")
        return (self.tests if is_test(module) else self.modules) / f"{module}.py"

    def name_of(self, module: str) -> str:
        """Return a module's path from the repository, as messages name it."""
        return _from_root(self.file_of(module.removesuffix(".py")))

    @property
    def name(self) -> str:
        """The folder's path from the repository."""
        return _from_root(self.folder)


def is_test(module: str) -> bool:
    """Return whether a module is a test, as pytest finds it by its name, or what tests share."""
    return module.startswith("test_") or module == "conftest"


def is_of_service(module: str) -> bool:
    """Return whether a module is part of the service that notebook 12 makes."""
    return module.startswith("service.")


def stays(module: str) -> bool:
    """Return whether a module stays whichever notebook begins: a test, or one of the service."""
    return is_test(module) or is_of_service(module)


def _from_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


FINISHED = Application(ROOT, ROOT / "requirements" / "lambda.txt")
YOURS = Application(MY_WORK / "app", MY_WORK / "app" / "requirements.txt")
