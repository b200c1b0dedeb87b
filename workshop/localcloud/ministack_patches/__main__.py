"""ministack's server with our patches and the gate before it; each patch acts when imported."""

import os

import actions  # noqa: F401
import callers
import function_environment  # noqa: F401
import links  # noqa: F401
import saving  # noqa: F401
import status_events  # noqa: F401
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
    """Take no request for HTTP/2, which no AWS tool asks for and the gate would see later."""


H11Protocol._check_protocol = stay_with_http_1
app.main()
