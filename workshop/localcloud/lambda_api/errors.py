"""Errors as the Lambda API answers them."""

from __future__ import annotations


class LambdaError(Exception):
    """An error answer: HTTP status, AWS's error code, and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, str]:
        """The JSON body of the answer."""
        return {"Type": "User", "message": self.message, "Message": self.message}


def invalid_parameter(message: str) -> LambdaError:
    """A parameter that AWS refuses."""
    return LambdaError(400, "InvalidParameterValueException", message)
