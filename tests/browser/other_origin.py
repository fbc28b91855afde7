"""Serves a page from another origin than the service's, with the dashboard's module in it."""

from __future__ import annotations

from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

DASHBOARD = Path(__file__).parents[2] / "dashboard"


class QuietFileHandler(SimpleHTTPRequestHandler):
    """Serves the files of a folder and the dashboard's module, and logs nothing."""

    def translate_path(self, path: str) -> str:
        return str(DASHBOARD / "session-keeper.js") if path == "/session-keeper.js" else super().translate_path(path)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""
