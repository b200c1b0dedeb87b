"""How the API says no: problem details (RFC 9457), with one type for each kind of refusal."""

from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = "1"

# Each type with its HTTP status and title. Clients decide by the type, so a type never changes.
TYPES = {
    "invalid-order": (400, "The order is not valid; nothing was started."),
    "invalid-review": (400, "The review is not valid; nothing was decided."),
    "address-not-found": (404, "There is nothing here."),
    "order-not-found": (404, "No order has this id."),
    "method-not-allowed": (405, "This address does not take this method."),
    "order-not-cancellable": (409, "The order can no longer be cancelled."),
    "no-review-pending": (409, "No review of this order is pending."),
    "body-too-large": (413, "The body is too large."),
    "body-not-json": (415, "The body is not JSON."),
    "idempotency-key-reused": (422, "This Idempotency-Key was used for another order."),
    "order-not-started": (503, "The order was not started."),
    "service-unavailable": (503, "The order service has a technical problem."),
}


class Refusal(Exception):
    """A request that the API refuses: the type, what to do, each error, and HTTP headers."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *errors: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors = kind, detail, errors
        self.status, self.title = TYPES[kind]
        retry = {"Retry-After": RETRY_SECONDS} if self.status == 503 else {}
        self.headers = {**retry, **(headers or {})}

    def body(self) -> dict[str, Any]:
        """Return {type, title, status, detail, errors: [{pointer or header, detail}]}."""
        return {
            "type": f"/problems/{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": list(self.errors),
        }


class InvalidOrder(Refusal):
    """The order, or a header that belongs to it, breaks rules."""

    def __init__(self, *errors: Mapping[str, str]) -> None:
        super().__init__("invalid-order", "Correct what `errors` names, and post again.", *errors)


class InvalidReview(Refusal):
    """The review breaks rules."""

    def __init__(self, *errors: Mapping[str, str]) -> None:
        super().__init__("invalid-review", "Correct what `errors` names, and post again.", *errors)
