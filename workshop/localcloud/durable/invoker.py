"""Invoking functions at an endpoint that may be restarting.

Mends: the emulator takes an endpoint that cannot be reached for a crash of the function.
"""

from __future__ import annotations

import time
from typing import Any

from aws_durable_execution_sdk_python_testing.exceptions import DurableFunctionsTestError
from aws_durable_execution_sdk_python_testing.invoker import (
    InvokeResponse,
    LambdaInvoker,
    create_lambda_client,
)
from botocore.exceptions import EndpointConnectionError

PATIENCE_SECONDS = 300
PAUSE_SECONDS = 0.1


class PatientInvoker(LambdaInvoker):
    """Waits for the endpoint to come back; a function that was never reached has not failed."""

    def __init__(self, endpoint_url: str, region: str, read_timeout_seconds: int) -> None:
        super().__init__(
            create_lambda_client(endpoint_url, region, read_timeout_seconds),
            read_timeout_seconds=read_timeout_seconds,
            endpoint_url=endpoint_url,
            region_name=region,
        )

    def invoke(self, *arguments: Any, **options: Any) -> InvokeResponse:
        """Run a function once, as soon as its endpoint can be reached."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return super().invoke(*arguments, **options)
            except DurableFunctionsTestError as error:
                unreached = isinstance(error.__cause__, EndpointConnectionError)
                if not unreached or time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE_SECONDS)
