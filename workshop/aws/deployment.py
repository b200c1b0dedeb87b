"""Deploying and deleting the application with the real SAM CLI."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from workshop import private
from workshop.aws import import_check, stack
from workshop.aws.stack import STACK_NAME, Stack
from workshop.aws.target import Target
from workshop.course import stages
from workshop.display import shorten
from workshop.errors import WorkshopError
from workshop.paths import CLOUD, HOME, LAYER, LOGS, ROOT, TEMPORARY, program

TEMPLATE = ROOT / "template.yaml"
MODULES = ROOT / "modules"
POLL_SECONDS = "0.2"
REASON_CHARACTERS = 400
UNREACHED = "Could not connect to the endpoint URL"
RESOURCE = re.compile(r"^(CREATE|UPDATE|DELETE)_(\w+)\s+(AWS::\S+)\s+(\S+)")
HANDLER = re.compile(r"^(def handler\b|handler\s*[:=]|.*\bimport\b.*\bhandler\b)", re.MULTILINE)
CHANGE = re.compile(r"^([+*-]) (Add|Modify|Delete)\s+\S+")


@dataclass(frozen=True)
class Progress:
    """How far a deployment is: ``done`` of ``total`` resources, and what happens now."""

    done: int
    total: int  # 0 until it is known
    text: str

    @property
    def count(self) -> str:
        """How far, in words; empty until it is known."""
        return f"{self.done} of {self.total}" if self.total else ""


Show = Callable[[Progress], None]


def deploy(
    target: Target,
    *,
    parameters: Mapping[str, object] | None = None,
    name: str = STACK_NAME,
    show: Show = lambda _: None,
) -> Stack:
    """Deploy ``template.yaml`` and ``modules/`` as they are now, and return the stack.

    ``parameters`` override the template's, for example ``{"WarehouseWaitSeconds": 3}``. Raises
    ``WorkshopError``; the full output is in the log.
    """
    with _alone(show):
        return _deploy(target, parameters, name, show)


def _deploy(
    target: Target, parameters: Mapping[str, object] | None, name: str, show: Show
) -> Stack:
    check_parameters(parameters or {})
    check_sources()
    forget_caches()
    command = ["deploy", "--template-file", str(TEMPLATE), "--stack-name", name, "--resolve-s3"]
    command += ["--capabilities", "CAPABILITY_IAM", "--region", target.region]
    command += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    if parameters:
        command += ["--parameter-overrides"]
        command += [
            f"ParameterKey={key},ParameterValue={value}" for key, value in parameters.items()
        ]
    _sam(target, command, show)
    deployed = stack.get(target, name)
    _publish_settings(deployed)
    _remember(deployed, parameters)
    return deployed


def _publish_settings(deployed: Stack) -> None:
    """Let new orders run with the settings of now.

    SAM publishes a version when the code or the template has changed, and none when a parameter
    has another value alone: aws/serverless-application-model, issue 3820.
    """
    client, function = deployed.target.client("lambda"), deployed.processor
    alias = deployed.outputs["ProcessorAliasArn"].rpartition(":")[2]
    newest = client.get_function_configuration(FunctionName=function)
    served = client.get_function_configuration(FunctionName=function, Qualifier=alias)
    if newest["Environment"] != served["Environment"]:
        version = client.publish_version(FunctionName=function)["Version"]
        client.update_alias(FunctionName=function, Name=alias, FunctionVersion=version)


def ensure(
    target: Target, *, parameters: Mapping[str, object] | None = None, show: Show = lambda _: None
) -> Stack:
    """The stack, deployed only if it is missing or its sources have changed since."""
    with _alone(show):
        found = stack.find(target)
        if found and _remembered(found) == _record(found, parameters):
            return found
        return _deploy(target, parameters, STACK_NAME, show)


def delete(target: Target, name: str = STACK_NAME, show: Show = lambda _: None) -> bool:
    """Delete the stack with everything in it; False if there was none."""
    if stack.describe(target, name) is None:
        return False
    _sam(target, ["delete", "--stack-name", name, "--no-prompts", "--region", target.region], show)
    _record_path(target, name).unlink(missing_ok=True)
    return True


@contextmanager
def _alone(show: Show) -> Iterator[None]:
    """Wait until no other program of this repository deploys."""
    private.folder(CLOUD)
    lock = FileLock(CLOUD / "deploy.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        show(Progress(0, 0, "waiting for another deployment to end"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def check_parameters(parameters: Mapping[str, object]) -> None:
    """Refuse a parameter that the template does not have, which SAM passes over in silence."""
    section = TEMPLATE.read_text(encoding="utf-8").partition("\nParameters:\n")[2]
    known = re.findall(r"^  (\w+):", section.partition("\nResources:\n")[0], re.MULTILINE)
    for name in parameters:
        if name not in known:
            raise WorkshopError(
                f"The template has no parameter '{name}'.", f"It has: {', '.join(known)}."
            )


def check_sources() -> None:
    """Say what is wrong with the sources before SAM spends time on them."""
    if not (LAYER / "python").is_dir():
        raise WorkshopError("The layer of dependencies is missing.", "Run: make setup")
    for module in sorted(MODULES.glob("*.py")):
        try:
            compile(module.read_text(encoding="utf-8"), module.name, "exec")
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            raise WorkshopError(
                f"modules/{module.name} is not valid Python: line {line}, {error.args[0]}.",
                "Correct that line and deploy again.",
            ) from None
    if not (MODULES / "workflow.py").exists():
        raise WorkshopError(
            "There is no modules/workflow.py, which the processor runs.",
            "Run the cells that write it, from the top; then deploy again.",
        )
    if not HANDLER.search(stages.read(MODULES / "workflow.py")):
        raise WorkshopError(
            "modules/workflow.py has no handler, which is what Lambda runs.",
            "Run the cell that writes it, or give your function that name; then deploy again.",
        )
    check_imports()


def check_imports() -> None:
    """Say what cannot be imported; asked again only when something has changed."""
    known = CLOUD / "importable.txt"
    now = fingerprint()
    if known.exists() and known.read_text(encoding="utf-8") == now:
        return
    given = stages.given()
    later = stages.complete().keys() - given.keys()  # api.py waits for a module of notebook 06
    expected = {(module, missing) for module in given for missing in later}
    import_check.check(MODULES, LAYER, expected)
    private.write(known, now)


def forget_caches() -> None:
    """Remove what tools leave beside the modules: SAM would package it."""
    for name in ("__pycache__", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints"):
        shutil.rmtree(MODULES / name, ignore_errors=True)


def fingerprint(parameters: Mapping[str, object] | None = None) -> str:
    """A digest of all that a deployment is made from."""
    digest = hashlib.sha256(json.dumps(dict(parameters or {}), sort_keys=True).encode())
    for path in [TEMPLATE, ROOT / "requirements" / "lambda.txt", *sorted(MODULES.glob("*.py"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sam(target: Target, command: list[str], show: Show) -> None:
    """Run SAM CLI, report its progress, and raise its output if it fails."""
    # SAM's own notes go beside ours, not into the home folder.
    environment = target.environment | {
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(HOME / "sam"),
        "COLUMNS": "300",  # else its tables cut the kinds of resources
        "TMPDIR": str(private.folder(TEMPORARY)),
    }
    if target.variables:
        environment["SAM_CLI_POLL_DELAY"] = POLL_SECONDS
    log = private.folder(LOGS) / f"sam-{command[0]}.log"
    show(Progress(0, 0, "starting SAM CLI"))
    with private.opened(log, "w") as record, _start(command, environment) as sam:
        assert sam.stdout is not None
        output = _follow(sam.stdout, record.write, show)
    if sam.returncode != 0:
        why = reason(output)
        again = "What it talks to went away meanwhile: run this again. " if UNREACHED in why else ""
        raise WorkshopError(
            f"SAM could not {command[0]} the application: {why}",
            f"{again}Its full output is in {log}.",
        )


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(program("sam", "sam")), *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        umask=private.UMASK,
    )


def _follow(lines: Iterable[str], record: Callable[[str], object], show: Show) -> list[str]:
    """Turn SAM's lines into progress as they come; returns the last few hundred."""
    kept: deque[str] = deque(maxlen=400)
    total, finished = 0, set()
    for line in lines:
        kept.append(line)
        record(line)
        if CHANGE.match(line):
            total += 1
        event = RESOURCE.match(line)
        if event:
            action, state, kind, logical_id = event.groups()
            if state == "COMPLETE":
                finished.add(logical_id)
            done = min(len(finished), total)
            show(Progress(done, total, f"{action.lower()} {kind.rpartition('::')[2]} {logical_id}"))
        elif line.startswith(("Uploading", "File with same data", "Waiting for")):
            show(Progress(len(finished), total, line.strip().split(" to ")[0].lower()))
    return list(kept)


def reason(output: Iterable[str]) -> str:
    """What SAM's output says last about why it failed, in one line."""
    lines = [line.strip() for line in output if line.strip()] or ["it printed nothing"]
    errors = [n for n, line in enumerate(lines) if line.startswith(("Error", "ERROR"))]
    text = " ".join(lines[errors[-1] :]) if errors else lines[-1]
    return shorten(text.removeprefix("Error: "), REASON_CHARACTERS)


def _record(deployed: Stack, parameters: Mapping[str, object] | None) -> dict[str, str]:
    """What tells one deployment from another: the sources, and the very stack."""
    return {
        "sources": fingerprint(parameters),
        "code": fingerprint(),
        "stack": deployed.revision,
    }


def _record_path(target: Target, name: str) -> Path:
    return CLOUD / f"deployed-{target.name}-{name}.json"


def _remember(deployed: Stack, parameters: Mapping[str, object] | None) -> None:
    path = _record_path(deployed.target, deployed.name)
    private.write(path, json.dumps(_record(deployed, parameters)))


def is_outdated(deployed: Stack) -> bool:
    """Whether `modules/` or the template has changed since this stack was deployed from here."""
    record, now = _remembered(deployed), fingerprint()
    return isinstance(record, dict) and record.get("code", now) != now


def _remembered(deployed: Stack) -> object:
    try:
        return json.loads(_record_path(deployed.target, deployed.name).read_text())
    except (OSError, ValueError):
        return None
