"""Deploy and delete an application with the real SAM CLI."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workshop import private
from workshop.aws import deployed, preflight, sam, stack
from workshop.aws.sam import Progress, Show
from workshop.aws.stack import STACK_NAME, Stack
from workshop.aws.target import Target
from workshop.course.application import FINISHED, Application
from workshop.errors import WorkshopError
from workshop.paths import CLOUD, ROOT

TOOL_FOLDERS = ("__pycache__", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints")


def deploy(
    target: Target,
    app: Application = FINISHED,
    *,
    parameters: Mapping[str, object] | None = None,
    name: str = STACK_NAME,
    show: Show = lambda _: None,
) -> Stack:
    """Deploy an application as it is now, and return its stack.

    ``parameters`` override the template's, for example ``{"WarehouseWaitSeconds": 3}``. Raises
    ``WorkshopError``; the full output is in the log.
    """
    with _alone(show):
        return _deploy(target, app, parameters, name, show)


def _deploy(
    target: Target,
    app: Application,
    parameters: Mapping[str, object] | None,
    name: str,
    show: Show,
) -> Stack:
    preflight.check(app, parameters or {})
    forget_caches(app)
    command = ["deploy", "--template-file", str(app.template), "--stack-name", name]
    command += ["--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--region", target.region]
    command += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    if parameters:
        command += ["--parameter-overrides"]
        command += [
            f"ParameterKey={key},ParameterValue={value}" for key, value in parameters.items()
        ]
    run_sam(target, command, app.folder, name, show)
    made = stack.get(target, name)
    _publish_settings(made)
    deployed.remember(made, app, parameters)
    return made


def changed_parameters(
    target: Target, app: Application = FINISHED, name: str = STACK_NAME
) -> dict[str, str]:
    """Return the default of each parameter that the deployed stack has at another value.

    SAM CLI keeps the previous value of a parameter that it is not given. An empty default is left
    out, because SAM CLI cannot be given one.
    """
    now = stack.parameters(target, name)
    kept = preflight.defaults(app)
    return {key: value for key, value in kept.items() if value and now.get(key, value) != value}


def run_sam(
    target: Target, command: list[str], folder: Path, name: str, show: Show = lambda _: None
) -> None:
    """Run `sam deploy`; if the stack fails, raise the reason, which SAM's last line does not have.

    SAM shows it in a table above, which a reader of one sentence never sees.
    """
    try:
        sam.run(target, command, folder, show)
    except WorkshopError as error:
        why = stack.failure(target, name) if sam.STACK_FAILED in error.what_happened else None
        if why is None:
            raise
        raise WorkshopError(
            f"CloudFormation refused the application: {why}", error.what_to_do
        ) from None


def _publish_settings(made: Stack) -> None:
    """Publish a version, so that new orders run with the current settings.

    SAM publishes a version when the code or the template has changed, but not when only the value
    of a parameter has. This can go when aws/serverless-application-model issue 3820 is fixed.
    """
    client, function = made.target.client("lambda"), made.processor
    alias = made.outputs["ProcessorAliasArn"].rpartition(":")[2]
    newest = client.get_function_configuration(FunctionName=function)
    served = client.get_function_configuration(FunctionName=function, Qualifier=alias)
    if newest["Environment"] != served["Environment"]:
        version = client.publish_version(FunctionName=function)["Version"]
        client.update_alias(FunctionName=function, Name=alias, FunctionVersion=version)


def ensure(
    target: Target,
    app: Application = FINISHED,
    *,
    parameters: Mapping[str, object] | None = None,
    show: Show = lambda _: None,
) -> Stack:
    """Return the stack, deployed only if it is missing or its sources have changed since."""
    with _alone(show):
        found = stack.find(target)
        if found and deployed.is_current(found, app, parameters):
            return found
        return _deploy(target, app, parameters, STACK_NAME, show)


def delete(target: Target, name: str = STACK_NAME, show: Show = lambda _: None) -> bool:
    """Delete the stack with everything in it; return False if it did not exist."""
    if stack.describe(target, name) is None:
        return False
    command = ["delete", "--stack-name", name, "--no-prompts", "--region", target.region]
    sam.run(target, command, ROOT, show)
    deployed.forget(target.name, name)
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


def forget_caches(app: Application) -> None:
    """Remove the caches that tools put beside the modules, because SAM would package them."""
    for name in TOOL_FOLDERS:
        shutil.rmtree(app.modules / name, ignore_errors=True)
