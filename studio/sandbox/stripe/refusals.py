"""What the stand-in says when it says no, in the shape of Stripe's error objects."""

from typing import Any


class Refusal(Exception):
    """An answer that is an error; *status* is the HTTP status it is sent with."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        intent: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.decline_code = decline_code
        self.intent = intent

    def body(self) -> dict[str, Any]:
        """The JSON that goes over the wire: only what is known, as Stripe does it."""
        said = {
            "code": self.code,
            "decline_code": self.decline_code,
            "message": self.message,
            "param": self.param,
            "payment_intent": self.intent,
            "type": self.kind,
        }
        return {"error": {name: value for name, value in said.items() if value is not None}}


def missing(kind: str, object_id: str) -> Refusal:
    """Nothing of *kind* goes by that id."""
    words = kind.replace(".", " ").replace("_", " ")
    return Refusal(404, f"No such {words}: '{object_id}'", code="resource_missing", param="id")
