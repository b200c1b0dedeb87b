"""The files of layers, unpacked once, and layers that nobody has.

Fixes: ministack unpacks a function's layers, a thousand files that are always the same, for each
new worker. It accepts a layer of an account that it does not know, and the function cannot run.
PublishLayerVersion and ListLayerVersions do not know a layer by its ARN.
"""

import io
import tempfile
import threading
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

_folders: dict[str, str] = {}  # by ARN
_unpacking = threading.Lock()
_of_another_account = lambda_svc._resolve_cross_account_layer
_publish, _list = lambda_svc._publish_layer_version, lambda_svc._list_layer_versions


def unpacked(layer: str | dict[str, Any]) -> str:
    """Return the folder that holds the files of a layer version."""
    arn = layer if isinstance(layer, str) else layer["Arn"]
    with _unpacking:
        if arn not in _folders:
            _folders[arn] = str(unpack(lambda_svc._resolve_layer_zip(layer)))
        return _folders[arn]


def unpack(content: bytes) -> Path:
    """Return a folder with that content; another process never sees half of it."""
    folder = Path(tempfile.gettempdir(), f"layer-{sha256(content).hexdigest()[:32]}")
    if not folder.exists():
        half = Path(tempfile.mkdtemp(prefix="layer-", suffix="-unpacking"))
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            files.extractall(half)  # keeps every member inside the folder
        half.rename(folder)
    return folder


def of_another_account(arn: str, *where: Any) -> tuple[Any, Any]:
    """Return the layer version of another account, or the refusal."""
    version, refused = _of_another_account(arn, *where)
    if refused or version["Content"]["CodeSize"]:
        return version, refused
    return None, error_response_json(
        "InvalidParameterValueException",
        f"The local cloud has no layers of other accounts, such as {arn}.",
        400,
    )


def name_of(layer: str) -> str:
    """Return the name of a layer that is named by its name or by its ARN."""
    return layer.rpartition(":")[2]


def publish(layer: str, data: dict[str, Any]) -> Any:
    """Serve PublishLayerVersion."""
    return _publish(name_of(layer), data)


def list_versions(layer: str, query: dict[str, Any]) -> Any:
    """Serve ListLayerVersions."""
    return _list(name_of(layer), query)


lambda_svc._resolve_cross_account_layer = of_another_account
lambda_svc._publish_layer_version, lambda_svc._list_layer_versions = publish, list_versions
