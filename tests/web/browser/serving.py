"""A reading room on loopback, in a thread of the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from datasette.app import Datasette

from archive.web.headers import App


@contextmanager
def serving(room: Datasette, door: Callable[[App], App] | None = None) -> Iterator[str]:
    """Its address, as ``http://127.0.0.1:PORT``, while the block runs; behind a door, if there is one."""
    app = room.app() if door is None else door(room.app())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)
    room.get_database("index").close()
