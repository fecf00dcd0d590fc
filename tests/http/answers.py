"""What every error answer must look like."""

from typing import Any


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a problem answer, after checking all that is common to them."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer["X-Request-ID"]
    assert "Traceback" not in answer.content.decode()
    return body
