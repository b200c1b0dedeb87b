"""Access keys, whose they are, and how to recognize their owner."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from hashlib import sha256

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PROOF = "x-workshop-proof"
CREDENTIAL = "/_workshop/credential"  # where ministack says whose an access key is


@dataclass(frozen=True)
class Credential:
    """An access key with its secret; ``principal`` is its holder's ARN, empty for the owner.

    ``token`` is the session token that must come with a temporary key.
    """

    access_key: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    principal: str = ""

    @property
    def is_owner(self) -> bool:
        """Return whether it is the installation's own key, which may do everything."""
        return not self.principal

    def prove(self, port: int, signature: str) -> str:
        """Return what only this installation's server on ``port`` can reply to a signed request.

        It covers the port, so that a program on one port cannot get a proof from the other.
        """
        text = f"proof {port} {signature}"
        return hmac.new(self.secret.encode(), text.encode(), sha256).hexdigest()


def new(kind: str = "AKIA") -> Credential:
    """Return a random credential; ``kind`` is AWS's prefix: AKIA is permanent, ASIA temporary."""
    key = kind + "".join(secrets.choice(LETTERS) for _ in range(16))
    return Credential(key, secrets.token_urlsafe(30))


def as_json(credential: Credential) -> bytes:
    """Return a credential as JSON, for another part of the local cloud."""
    return json.dumps(asdict(credential)).encode()
