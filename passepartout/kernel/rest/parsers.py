"""Request bodies that are never a reason for a crash."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """JSON of bounded size (DATA_UPLOAD_MAX_MEMORY_SIZE, by Django) and depth.

    Raises ParseError for nesting that would exhaust the interpreter's stack.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
