"""The one DynamoDB client of this process, made when it is first needed."""

import threading
from functools import cache
from typing import Any

_making = threading.Lock()


def dynamodb() -> Any:
    """A DynamoDB client that takes and returns plain Python values.

    The lock is there because the branches of a map or parallel are threads: after a restart, the
    first call may come from several at once, and boto3 may not make clients in parallel.
    """
    with _making:
        return _client()


@cache
def _client() -> Any:
    # Imported here so that pure code which imports this module does not pay for boto3.
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
    )
    # A resource's client translates Python values, and unlike the resource is safe in threads.
    return boto3.resource("dynamodb", config=config).meta.client
