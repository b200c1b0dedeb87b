"""The files of layers, unpacked once.

Fixes: ministack unpacks a function's layers, a thousand files that are always the same, for each
new worker.
"""

import io
import tempfile
import threading
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from ministack.services import lambda_svc

_folders: dict[str, str] = {}  # by ARN
_unpacking = threading.Lock()


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
