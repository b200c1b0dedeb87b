"""The process that serves the Lambda API: ``python -m workshop.localcloud.lambda_api``."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
from pathlib import Path

from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.lambda_api import callers
from workshop.localcloud.lambda_api.authorization import Authorizer
from workshop.localcloud.lambda_api.functions import Functions
from workshop.localcloud.lambda_api.server import LambdaFront

log = logging.getLogger(__name__)


def main() -> None:
    """Serve until told to stop."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--ministack-port", type=int, required=True)
    arguments.add_argument("--database", type=Path, required=True)
    arguments.add_argument("--region", required=True)
    arguments.add_argument("--clock", choices=("skip", "real"), default="skip")
    options = arguments.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)

    ministack = f"http://127.0.0.1:{options.ministack_port}"
    authorizer = Authorizer(ministack, options.region)
    functions = Functions(ministack, options.region, authorizer)
    engine = Engine(
        database=options.database,
        lambda_endpoint=ministack,
        region=options.region,
        clock=options.clock,
        functions=functions,
    )
    gate = callers.gate(
        os.environ["WORKSHOP_HOSTS"], options.region, options.ministack_port, options.port
    )
    front = LambdaFront(options.port, engine, functions, gate, authorizer, options.ministack_port)
    resumed = engine.start()
    log.info("Lambda API on port %s; %s executions resumed", options.port, resumed)

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    threading.Thread(target=front.serve_forever, daemon=True).start()
    stop.wait()
    front.shutdown()
    engine.stop()


if __name__ == "__main__":
    main()
