"""A site over TLS that sets cookies, wants a key, and sends its readers elsewhere."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.crawler.hostile_tls import contexts


@dataclass
class LicensedSite:
    """Two servers, one of them only the target of a redirect, from ``with`` to its end."""

    folder: str  # for certificates
    certificate: str = "good"  # as in hostile_tls
    seen: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)  # port, path, request headers

    def __enter__(self) -> Self:
        context = contexts(self.folder)[self.certificate]
        self._servers = []
        for _ in range(2):
            server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
            server.daemon_threads = True
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self._servers.append(server)
        self.base, self.other = (f"https://127.0.0.1:{server.server_address[1]}" for server in self._servers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def sent(self, header: str, base: str) -> dict[str, str | None]:
        """The value of a header by path, in all requests to one of the servers."""
        port = int(base.rpartition(":")[2])
        return {path: headers.get(header) for at, path, headers in self.seen if at == port}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                port = int(self.connection.getsockname()[1])
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.seen.append((port, self.path, headers))
                if self.path == "/away":
                    self._say(302, b"", ("Location", f"{site.other}/elsewhere"))
                elif self.path == "/":
                    page = b'<a href="/one">1</a><a href="/away">2</a>'
                    self._say(200, page, ("Set-Cookie", "visit=kekse-im-glas; Path=/"))
                elif self.path in ("/one", "/elsewhere"):
                    self._say(200, b"<p>hallo</p>")
                else:
                    self._say(404, b"")

            def _say(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
                self.send_response(status)
                for name, value in (("Content-Type", "text/html"), *headers):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return None

        return Handler
