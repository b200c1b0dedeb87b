"""Errors as the Lambda API returns them."""

from __future__ import annotations


class LambdaError(Exception):
    """An error response: HTTP status, AWS's error code, and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, str]:
        """Return the JSON body of the response."""
        return {"Type": "User", "message": self.message, "Message": self.message}


def invalid_parameter(message: str) -> LambdaError:
    """Return the error for a parameter that AWS refuses."""
    return LambdaError(400, "InvalidParameterValueException", message)


def conflict(message: str) -> LambdaError:
    """Return the error for an execution in a status that does not allow an operation."""
    return LambdaError(409, "ResourceConflictException", message)
