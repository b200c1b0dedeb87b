"""Access keys: the installation's own, made once and kept for the owner alone."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PROOF = "x-workshop-proof"


@dataclass(frozen=True)
class Credential:
    """An access key with its secret; ``principal`` is the ARN of whose it is, the owner has none.

    ``token`` is the session token that must come with a temporary key.
    """

    access_key: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    principal: str = ""

    @property
    def is_owner(self) -> bool:
        """Whether it is the installation's own key, which may do everything."""
        return not self.principal

    def prove(self, signature: str) -> str:
        """What only this installation's servers can answer to a signed request."""
        return hmac.new(self.secret.encode(), f"proof {signature}".encode(), sha256).hexdigest()


def new(kind: str = "AKIA") -> Credential:
    """A random credential; ``kind`` is AWS's prefix: AKIA for good, ASIA for a session."""
    key = kind + "".join(secrets.choice(LETTERS) for _ in range(16))
    return Credential(key, secrets.token_urlsafe(30))


def load(file: Path) -> Credential:
    """The credential in a file of the owner's own; made if there is none."""
    try:
        return Credential(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return _make(file)


def _make(file: Path) -> Credential:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = new()
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"access_key": made.access_key, "secret": made.secret}))
    draft.replace(file)
    return made


def as_json(credential: Credential) -> bytes:
    """A credential for another part of the local cloud."""
    return json.dumps(asdict(credential)).encode()
