from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from rest_framework.parsers import MultiPartParser


class UploadParser(MultiPartParser):
    """Django tells its handlers of an upload that ends early, but not of one that fails: a draft would stay."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        whole = False
        try:
            parsed = super().parse(stream, media_type, parser_context)
            whole = True
        finally:
            if not whole:
                for handler in (parser_context or {})["request"].upload_handlers:
                    handler.upload_interrupted()
        return parsed


class TemporaryFileParser(MultiPartParser):
    """For files that are not kept: each goes to a temporary file that ends with its request."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        request = (parser_context or {})["request"]
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return super().parse(stream, media_type, parser_context)
