"""What the local cloud holds while a foreign page attacks it, and whether that has changed."""

from __future__ import annotations

import base64
import http.client
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.attacker import ports
from tests.signing import signed_headers
from workshop.aws import stack
from workshop.aws.target import Target

NAME = "victim"
TEMPLATE = Path(__file__).with_name("victim.yaml")
TREASURE = "treasure"
PIXEL = "R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
OBJECTS = {
    "secret.txt": ("text/plain", TREASURE.encode()),
    "secret.gif": ("image/gif", base64.b64decode(PIXEL)),
    "secret.js": ("text/javascript", b"document.currentScript.dataset.stolen = 'treasure'"),
    "secret.events": ("text/event-stream", b"data: treasure\n\n"),
}


@dataclass(frozen=True)
class Victim:
    """The names of what is deployed. A function that runs leaves a file in ``marks``."""

    target: Target
    outputs: Mapping[str, str]
    marks: Path

    def state(self) -> set[str]:
        """Everything that an attack could change, each thing in a phrase."""
        return {*self._things(), *(f"a call by {file.name}" for file in self.marks.iterdir())}

    def secrets(self) -> tuple[str, ...]:
        """What no web page may read."""
        own = self.target.variables
        keys = (own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"])
        return (TREASURE, "ministack", "skip", "killed", *keys, *self.outputs.values())

    def _things(self) -> Iterator[str]:
        client = self.target.client
        for found in client("cloudformation").describe_stacks()["Stacks"]:
            yield f"stack {found['StackName']}"
        for bucket in client("s3").list_buckets()["Buckets"]:
            yield f"bucket {bucket['Name']}"
            listed = client("s3").list_objects_v2(Bucket=bucket["Name"])
            yield from (f"object {thing['Key']}" for thing in listed.get("Contents", []))
        for table in client("dynamodb").list_tables()["TableNames"]:
            yield f"table {table}"
        for function in client("lambda").list_functions()["Functions"]:
            yield f"function {function['FunctionName']}"
            if function["FunctionName"] == self.outputs["Durable"]:
                yield f"{len(self._executions())} executions"
        yield f"clock {self._clock()}"

    def _executions(self) -> list[Any]:
        found = self.target.client("lambda").list_durable_executions_by_function(
            FunctionName=self.outputs["Durable"]
        )
        executions: list[Any] = found["DurableExecutions"]
        return executions

    def _clock(self) -> str:
        """The clock of the process that serves executions, which its owner may ask."""
        port, path = ports(self.target)["lambda"], "/_workshop/clock"
        headers = signed_headers(self.target, "GET", f"http://127.0.0.1:{port}{path}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers=headers)
        clock = connection.getresponse().read().decode()
        connection.close()
        return clock


def find_or_deploy(target: Target, marks: Path) -> Victim:
    """The victim, deployed again if an attack has removed it."""
    found = stack.find(target, NAME)
    if found is None:
        client = target.client("cloudformation")
        client.create_stack(
            StackName=NAME,
            TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
            Parameters=[{"ParameterKey": "Marks", "ParameterValue": str(marks)}],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        client.get_waiter("stack_create_complete").wait(
            StackName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        found = stack.get(target, NAME)
        for key, (kind, body) in OBJECTS.items():
            target.client("s3").upload_fileobj(
                io.BytesIO(body), found.outputs["Bucket"], key, ExtraArgs={"ContentType": kind}
            )
    return Victim(target, found.outputs, marks)
