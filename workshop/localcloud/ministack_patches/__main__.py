"""ministack's server with our patches and the gate before it; each patch acts when imported."""

import os

import callers
import function_environment  # noqa: F401
import links  # noqa: F401
import saving  # noqa: F401
import status_events  # noqa: F401
import workers  # noqa: F401
from gate.gate import Gate
from gated import GatedApp
from ministack import app

gate = Gate(
    os.environ["WORKSHOP_HOSTS"].split(),
    os.environ["AWS_REGION"],
    callers.find,
    callers.is_api_key,
)
app.app = GatedApp(app.app, gate)
app.main()
