"""A reading room on loopback, in a thread of the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from datasette.app import Datasette


@contextmanager
def serving(room: Datasette) -> Iterator[str]:
    """Its address, as ``http://127.0.0.1:PORT``, while the block runs."""
    server = uvicorn.Server(uvicorn.Config(room.app(), host="127.0.0.1", port=0, log_level="error"))
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
