"""Cursor pagination, newest first: stable while rows arrive, and as fast on the last page as on the first."""

from rest_framework.pagination import CursorPagination


class TimeCursorPagination(CursorPagination):
    ordering = ("-created_at", "-id")
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
