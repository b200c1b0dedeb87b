"""The one DynamoDB client of this process, made when it is first needed."""

import threading
from functools import cache
from typing import Any

_making = threading.Lock()


def dynamodb() -> Any:
    """Return a DynamoDB client that takes and returns plain Python values.

    The branches of a map or parallel are threads. After a restart, several of them may make the
    first call at once, and boto3 must not make clients in parallel: so there is a lock.
    """
    with _making:
        return _client()


@cache
def _client() -> Any:
    # Imported here, so that pure code that imports this module need not load boto3.
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
    )
    # A resource's client translates Python values and, unlike the resource, is thread-safe.
    return boto3.resource("dynamodb", config=config).meta.client
