"""The handler's exchanges are the bytes that a server read and wrote, whatever it says."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from aiohttp.http_exceptions import BadHttpMessage

from archive.types import ExchangeEnd
from crawler.handlers import framing, listen, patient
from crawler.handlers.room import Room
from tests.crawler.wire_server import Fetched, WireServer, certificate, fetch, make_handler
from tests.crawler.wire_shapes import BROKEN, EARLY, FINAL, LIMITED, ODD, SHAPES, SLOW, WHOLE, Shape

AGENT = "Gazette/0 (+mailto:redaktion@example.org)"


def run(work: Callable[[], Awaitable[None]], *, loop: Callable[..., None] = uvloop.run) -> None:
    """Run under the crawl's event loop, for a bounded time."""

    async def bounded() -> None:
        await asyncio.wait_for(work(), 20)

    loop(bounded())


def assert_as_told(fetched: Fetched, shape: Shape) -> None:
    exchange = fetched.exchanges[-1]
    if shape.status is None:
        assert fetched.error is not None
    else:
        assert fetched.response is not None, repr(fetched.error)
        assert fetched.response.status == shape.status
        assert sorted(fetched.response.flags) == sorted(shape.flags)
    assert exchange.end is shape.end
    assert (exchange.reason or "").startswith(shape.reason or "")
    assert (exchange.reason is None) == (shape.reason is None)
    assert exchange.ip == "127.0.0.1"
    assert 0 <= exchange.fetch_ms < 10_000


def assert_equal_bytes(fetched: Fetched, server: WireServer, path: str, shape: Shape) -> None:
    served = server.served[path]
    assert len(served) == len(fetched.exchanges)
    for exchange, one in zip(fetched.exchanges, served, strict=True):
        heard = exchange.interim + exchange.response
        assert exchange.request == one.read
        assert heard == one.wrote if shape.whole else one.wrote.startswith(heard)


@pytest.mark.parametrize("name", [*WHOLE, *ODD, *BROKEN, *SLOW])
def test_every_byte_is_kept(name: str) -> None:
    shape = SHAPES[name]

    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            for i in range(4 if shape.after == "keep" else 2):
                path = f"/{name}/{i}"
                fetched = await fetch(
                    handler, server.base + path, {"User-Agent": AGENT}, shape.method, shape.meta
                )
                assert_as_told(fetched, shape)
                assert_equal_bytes(fetched, server, path, shape)
            await handler.close()

    run(work)


@pytest.mark.parametrize("name", [*LIMITED])
def test_what_is_too_much_is_cut_and_says_so(name: str) -> None:
    shape = SHAPES[name]

    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            fetched = await fetch(handler, f"{server.base}/{name}/1", None, shape.method, shape.meta)
            assert_as_told(fetched, shape)
            assert_equal_bytes(fetched, server, f"/{name}/1", shape)
            exchange = fetched.exchanges[-1]
            assert len(exchange.interim + exchange.response) < (2 << 20)
            await handler.close()

    run(work)


def test_a_body_is_handed_over_without_its_framing() -> None:
    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            for name in ("garbage-behind", "204-with-body", "same-length-twice", "nul-in-field", "bad-chunk"):
                fetched = await fetch(handler, f"{server.base}/{name}/1")
                assert fetched.response is not None
                if name == "204-with-body":
                    assert fetched.response.body == b""
                elif name == "nul-in-field":
                    wrote = server.served["/nul-in-field/1"][0].wrote
                    assert fetched.response.body == wrote.partition(b"\r\n\r\n")[2]
                    assert fetched.response.headers[b"X-Odd"] == b"a\0b"
                else:
                    assert fetched.response.body == b"hallo"
            await handler.close()

    run(work)


def test_interim_responses_stand_apart() -> None:
    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            for i in range(5):
                exchange = (await fetch(handler, f"{server.base}/hints/{i}")).exchanges[-1]
                assert exchange.response == FINAL
                assert exchange.interim.startswith((EARLY, b"HTTP/1.1 100 Continue\r\n\r\n"))
            await handler.close()

    run(work)


def test_a_path_goes_out_as_it_is_written() -> None:
    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            path = "/plain/%7Efoo;x?a=%2f&b=%C3%BC&c[]=1&d=a+b%20c&e|'^"
            meta = {"verbatim_url": True}  # or Scrapy's Request escapes the brackets
            exchange = (await fetch(handler, server.base + path, {"User-Agent": AGENT}, meta=meta)).exchanges[
                -1
            ]
            lines = exchange.request.split(b"\r\n")
            assert lines[0] == b"GET " + path.encode() + b" HTTP/1.1"
            assert b"Host: " + server.base.removeprefix("http://").encode() in lines
            assert b"User-Agent: " + AGENT.encode() in lines
            await handler.close()

    run(work)


def test_a_kept_connection_that_was_closed_is_tried_anew_and_both_attempts_are_told() -> None:
    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            await fetch(handler, f"{server.base}/plain/1")
            fetched = await fetch(handler, f"{server.base}/stale/1")
            assert fetched.response is not None
            assert [e.end for e in fetched.exchanges] == [ExchangeEnd.FAILED, ExchangeEnd.COMPLETE]
            assert [e.response for e in fetched.exchanges] == [b"", FINAL]
            assert_equal_bytes(fetched, server, "/stale/1", Shape(lambda rng: []))
            await handler.close()

    run(work)


def test_a_new_connection_that_gives_no_answer_is_not_tried_anew() -> None:
    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            fetched = await fetch(handler, f"{server.base}/nothing/1")
            assert len(fetched.exchanges) == len(server.served["/nothing/1"]) == 1
            await handler.close()

    run(work)


def test_what_nobody_asked_for_never_answers_the_next_request() -> None:
    async def work() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while head := await reader.readuntil(b"\r\n\r\n"):
                name = head.split(b" ")[1]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name))
                await asyncio.sleep(0.02)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nodd")
                await writer.drain()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        handler = make_handler()
        for i in range(3):
            fetched = await fetch(handler, f"{base}/{i}")
            assert fetched.response is not None
            assert fetched.response.body == b"/%d" % i
            assert fetched.exchanges[-1].response.endswith(b"/%d" % i)
            await asyncio.sleep(0.04)
        await handler.close()
        server.close()

    run(work)


def test_tls_is_heard_through(tmp_path: Path) -> None:
    async def work() -> None:
        async with WireServer(certificate(tmp_path)) as server:
            handler = make_handler(DOWNLOAD_VERIFY_CERTIFICATES=False)
            for name in ("plain", "chunked", "hints", "space-before-colon", "short", "until-close", "http09"):
                fetched = await fetch(handler, f"{server.secure}/{name}/1")
                assert_as_told(fetched, SHAPES[name])
                assert_equal_bytes(fetched, server, f"/{name}/1", SHAPES[name])
                assert fetched.exchanges[-1].tls == "TLSv1.3"
            await handler.close()

    run(work)


def test_a_certificate_that_nobody_vouches_for_is_a_failed_exchange(tmp_path: Path) -> None:
    async def work() -> None:
        async with WireServer(certificate(tmp_path)) as server:
            handler = make_handler()
            fetched = await fetch(handler, f"{server.secure}/plain/1")
            assert_failed(fetched, "TLS: the certificate is signed by itself alone")
            assert not server.served
            await handler.close()

    run(work)


def assert_failed(fetched: Fetched, why: str) -> None:
    """No connection was made, and the exchange says why."""
    assert fetched.error is not None
    [exchange] = fetched.exchanges
    assert exchange.end is ExchangeEnd.FAILED
    assert why in (exchange.reason or "")
    assert "\n" not in (exchange.reason or "")
    assert exchange.request == exchange.response == exchange.interim == b""
    assert exchange.ip is None


def test_a_closed_port_and_an_unknown_name_are_failed_exchanges() -> None:
    async def work() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            handler = make_handler()
            assert_failed(await fetch(handler, f"http://127.0.0.1:{port}/"), "DownloadConnectionRefusedError")
            assert_failed(await fetch(handler, "http://no-such-name.invalid/"), "CannotResolveHostError")
            await handler.close()

    run(work)


connected: list[Any] | None = None


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and connected is not None:
        connected.append(arguments[1])


def test_no_connection_leads_away_from_this_machine() -> None:
    """Seen from Python's audit hook, which sees every connect() of the plain event loop."""
    global connected
    sys.addaudithook(watch)
    seen: list[Any] = []
    connected = seen

    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            for host in ("0.0.0.0", "10.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254", "[fe80::1]", "[::]"):
                fetched = await fetch(handler, f"http://{host}:9/latest/meta-data")
                assert_failed(fetched, "refused: ")
            assert seen == []
            assert (await fetch(handler, f"{server.base}/plain/1")).response is not None
            assert len(seen) == 1
            await handler.close()

    try:
        run(work, loop=asyncio.run)
    finally:
        connected = None


def test_our_own_secrets_are_cut_and_the_server_s_words_are_not() -> None:
    secrets = {
        "Authorization": "Basic Z2VoZWltOnNlY3JldA==",
        "Cookie": "abo=geheim-1; session=geheim-2",
        "User-Agent": AGENT,
    }

    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            fetched = await fetch(handler, f"{server.base}/plain/1", secrets)
            [exchange], [served] = fetched.exchanges, server.served["/plain/1"]
            assert b"geheim-1" in served.read
            expected = served.read
            for value in (secrets["Authorization"], secrets["Cookie"]):
                expected = expected.replace(value.encode(), b"[cut]")
            assert exchange.request == expected
            assert b"[cut]" in expected
            assert exchange.response == served.wrote
            assert b"Set-Cookie: a=1" in exchange.response

            url = server.base.replace("http://", "http://user:geheim-3@")
            fetched = await fetch(handler, f"{url}/nothing/1", {"User-Agent": AGENT})
            exchange, served = fetched.exchanges[-1], server.served["/nothing/1"][-1]
            assert b"Authorization: Basic" in served.read
            assert exchange.url == f"{server.base}/nothing/1"
            assert "geheim" not in repr(exchange)
            assert "dXNlcjpnZWhlaW0t" not in repr(exchange)  # "user:geheim-" in base64
            await handler.close()

    run(work)


def test_a_kept_connection_holds_no_page() -> None:
    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            await fetch(handler, f"{server.base}/plain/1")
            connections = [p for pool in handler._session.connector._conns.values() for p, _ in pool]  # type: ignore[union-attr]
            assert len(connections) == 1
            for protocol in connections:
                assert isinstance(protocol, listen.ListeningProtocol)
                assert protocol.attempt is None
                assert protocol._patient is not None
                assert protocol._patient._attempt.received == []
            await handler.close()

    run(work)


def test_an_odd_head_in_a_thousand_pieces_costs_few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def counting(received: bytes) -> Any:
        nonlocal looks
        looks += 1
        return framing.whole_head(received)

    monkeypatch.setattr(patient, "whole_head", counting)
    attempt = listen.Attempt("GET", 1 << 20, lambda address: None, ssl.create_default_context, Room())

    async def work() -> None:
        class Refusing:
            def feed_data(self, data: bytes) -> Any:
                raise BadHttpMessage("no")

        parser = patient.PatientParser(Refusing(), attempt, lambda: None)
        for i in range(5000):
            attempt.hear(b"HTTP/1.1 " if i == 0 else b"x")
            assert parser.feed_data(b"") == ((), False, b"")
        parser.stop()

    run(work)
    assert looks < 100


def test_a_silent_server_is_not_waited_for_until_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "SILENCE", 0.1)

    async def work() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nX-Odd : 1\r\n\r\nhallo")
            await reader.read()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        handler = make_handler()
        fetched = await fetch(handler, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        assert fetched.response is not None
        assert fetched.response.body == b"hallo"
        assert fetched.response.flags == ["illegal", "dataloss"]
        assert fetched.exchanges[-1].reason == "unspecified"
        assert fetched.exchanges[-1].fetch_ms < 90
        await handler.close()
        server.close()

    run(work)
