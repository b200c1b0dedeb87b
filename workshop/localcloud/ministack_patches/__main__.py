"""ministack's server behind the gate, with our patches; an import applies each patch.

A patch says after the word "Fixes" what it is for. When a release of ministack closes that gap, a
test in tests/contract/test_upstream.py fails: then remove the patch. Version 1.5.33 has all gaps.

ministack has no hooks for any of this, so the patches replace its functions, private ones among
them. That is safe only because requirements/ministack.txt pins its version.
"""

import os

import actions  # noqa: F401
import api_errors  # noqa: F401
import asynchronous  # noqa: F401
import callers
import custom_integrations  # noqa: F401
import durable_config  # noqa: F401
import durable_starts  # noqa: F401
import event_mappings  # noqa: F401
import event_resources  # noqa: F401
import event_targets  # noqa: F401
import function_environment  # noqa: F401
import http_apis  # noqa: F401
import invocations  # noqa: F401
import links  # noqa: F401
import nested_stacks  # noqa: F401
import openapi  # noqa: F401
import qualifiers  # noqa: F401
import request_validators  # noqa: F401
import saving  # noqa: F401
import schedules  # noqa: F401
import status_events  # noqa: F401
import stream_batches  # noqa: F401
import unknown_addresses  # noqa: F401
import workers  # noqa: F401
from gate.gate import Gate
from gated import GatedApp
from hypercorn.protocol.h11 import H11Protocol
from ministack import app

gate = Gate(
    os.environ["WORKSHOP_HOSTS"].split(),
    os.environ["AWS_REGION"],
    callers.find,
    callers.is_api_key,
    port=int(os.environ["GATEWAY_PORT"]),
)
app.app = GatedApp(app.app, gate)


async def stay_with_http_1(_protocol: H11Protocol, _request: object) -> None:
    """Refuse to switch to HTTP/2: no AWS tool uses it, and the gate would see requests too late."""


# Hypercorn has no setting that turns the switch off.
H11Protocol._check_protocol = stay_with_http_1
app.main()
