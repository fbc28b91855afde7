"""A small application that answers with what it received, and remembers it: what stands behind a proxy in tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override


class Server(ThreadingHTTPServer):
    """One thread a connection. Proxies may break connections: that is no error."""

    daemon_threads = True
    request_queue_size = 128

    @override
    def handle_error(self, *_: Any) -> None:
        pass


class EchoApplication:
    """Listens on a port of this machine, in a thread, until close(). With `headers`, it answers with those and no body."""

    def __init__(self, headers: Mapping[str, str] | None = None, status: int = 200) -> None:
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        application = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            @override
            def setup(self) -> None:
                super().setup()
                application.connections += 1

            @override
            def log_message(self, *_: Any) -> None:
                pass

            def answer(self) -> None:
                body = b""
                if self.headers.get("Transfer-Encoding"):
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                body += self.rfile.read(int(self.headers.get("Content-Length", 0)))
                received = {
                    "method": self.command,
                    "target": self.path,
                    "headers": [[name.lower(), value] for name, value in self.headers.items()],
                    "body": body.decode("latin-1"),
                }
                application.requests.append(received)
                text = json.dumps(received).encode() if headers is None else b""
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = answer  # noqa: N815

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
