"""The recognizer behind the OCR service: `GET /info`, `POST /extract` (a picture as the part `file`)."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import httpx

from engines.errors import EngineBusy, EngineError, EngineRejected, EngineTimeout, EngineUnavailable
from engines.ocr import EngineCard, PageFailed, PictureTooLarge, PictureUnreadable, Recognition
from engines.ocr.wire import from_json

_BUSY: Final = frozenset({"engine_busy", "gpu_busy"})
_TIMEOUT: Final = "engine_timeout"
_LONGEST_RETRY_AFTER: Final = 300.0
_REFUSALS: Final[dict[str, type[EngineRejected]]] = {
    error.code: error for error in (PictureUnreadable, PictureTooLarge, PageFailed)
}


class HttpRecognizer:
    """A keep-alive client of one service. Thread-safe; `close` it, or use it as a context manager."""

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        timeout: float = 180.0,
        transport: httpx.BaseTransport | None = None,
        label: Callable[[], str] = str,
    ) -> None:
        """`timeout` is in seconds for one page. `token`, if given, is sent as a bearer token. `label` names what the
        page is read for (a job's id): by it the service says who waits."""
        self._label = label
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 3.0)),
            transport=transport,
            trust_env=False,  # a proxy meant for the outside must not see the pages
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    @property
    def engine(self) -> EngineCard:
        """What the service reads with. Raises EngineError."""
        try:
            said = self._call("GET", "/info")["engines"]["ocr"]["engine"]
            return EngineCard(str(said["id"]), str(said["version"]), tuple(map(str, said["languages"])))
        except (KeyError, TypeError) as unknown:
            raise EngineUnavailable("the OCR service does not say with what it reads") from unknown

    def recognize(self, picture: bytes) -> Recognition:
        return from_json(self._call("POST", "/extract", picture))

    def _call(self, method: str, path: str, picture: bytes | None = None) -> dict[str, Any]:
        files = None if picture is None else {"file": ("page", picture, "application/octet-stream")}
        label = self._label()
        try:
            response = self._client.request(
                method, path, files=files, headers={"X-Request-ID": label} if label else None
            )
        except httpx.TimeoutException as late:
            raise EngineTimeout("the OCR service did not answer in time") from late
        except httpx.TransportError as unreachable:
            raise EngineUnavailable("the OCR service cannot be reached") from unreachable
        answer = _json_object(response)
        if response.is_success:
            return answer
        raise _error(response, str(answer.get("code", "")))


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as garbled:
        raise EngineUnavailable(f"the OCR service did not answer JSON ({response.status_code})") from garbled
    if not isinstance(answer, dict):
        raise EngineUnavailable("the OCR service did not answer a JSON object")
    return answer


def _error(response: httpx.Response, code: str) -> EngineError:
    if code in _REFUSALS:
        return _REFUSALS[code](f"the OCR service refused the page ({code})")
    if code in _BUSY:
        return EngineBusy("the OCR service is busy", retry_after=_retry_after(response))
    if code == _TIMEOUT:
        return EngineTimeout("the OCR service was not done in time")
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        # A configuration to correct, not a page to refuse: the same call works once the token is right.
        return EngineUnavailable("the OCR service refuses our token")
    if response.is_client_error:
        return EngineRejected(f"the OCR service refused the page ({response.status_code})")
    return EngineUnavailable(f"the OCR service failed ({response.status_code})")


def _retry_after(response: httpx.Response) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_RETRY_AFTER) if asked.isdecimal() else 1.0
