"""No address inside is connected to: how addresses are judged, and that sockets ask."""

from __future__ import annotations

import asyncio
import socket

import pytest
import uvloop

from crawler import settings
from crawler.handlers.guard import Reach, refusal
from crawler.handlers.outcomes import AddressRefused
from tests.crawler.wire_server import WireServer, fetch, make_handler

PUBLIC = (
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1:248:1893:25c8:1946",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
)
INSIDE = (
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255"),
    *("198.18.0.1", "192.0.2.1", "192.88.99.1", "fc00::1", "fd12:3456::1", "2001:db8::1", "3fff::1"),
    *("64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1", "::ffff:192.168.0.1", "2001:0:4136:e378::1"),
    "::ffff:0:10.0.0.1",
)
LOOPBACK = (
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "::127.0.0.1",
    "2002:7f00:1::",
)
NEVER = (
    *(
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    ),
    *("224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    *("fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
    *("", "example.org", "127.1", "2130706433"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_open_web_is_open(address: str) -> None:
    assert [refusal(address, reach) for reach in Reach] == [None, None, None]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_need_the_site_file(address: str) -> None:
    assert "allow_private = true" in (refusal(address, Reach.PUBLIC) or "")
    assert refusal(address, Reach.LOOPBACK) is not None
    assert refusal(address, Reach.PRIVATE) is None


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_needs_the_site_file_or_a_person(address: str) -> None:
    assert refusal(address, Reach.PUBLIC) is not None
    assert refusal(address, Reach.LOOPBACK) is None
    assert refusal(address, Reach.PRIVATE) is None


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_asked(address: str) -> None:
    assert all(refusal(address, reach) for reach in Reach)
    assert "allow_private" not in (refusal(address, Reach.PRIVATE) or "")


def test_a_refusal_names_the_address_that_is_meant() -> None:
    assert "(127.0.0.1)" in (refusal("64:ff9b::7f00:1", Reach.PUBLIC) or "")


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "169.254.169.254", "[fe80::1]", "[::ffff:10.0.0.1]", "0.0.0.0", "127.1", "2130706433"],
)
def test_the_shell_asks_no_address_inside(host: str) -> None:
    """What a person types as a loopback address is asked; a number that only the resolver reads is not."""

    async def work() -> None:
        handler = make_handler()
        fetched = await fetch(handler, f"http://{host}:9/", meta={"download_timeout": 2.0})
        await handler.close()
        if host in ("127.1", "2130706433"):  # by the URL standard these are 127.0.0.1
            assert not isinstance(fetched.error, AddressRefused)
        else:
            assert isinstance(fetched.error, AddressRefused)
            assert fetched.exchanges[-1].ip is None
            assert (fetched.exchanges[-1].reason or "").startswith("refused: ")

    uvloop.run(asyncio.wait_for(work(), 20))


def test_a_kept_connection_serves_nobody_who_may_not_go_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with WireServer() as server:
            handler = make_handler()
            await fetch(handler, f"{server.base}/plain/1")
            monkeypatch.setattr("crawler.handlers.wire.is_loopback", lambda name: False)
            fetched = await fetch(handler, f"{server.base}/plain/2")
            assert isinstance(fetched.error, AddressRefused)
            assert list(server.served) == ["/plain/1"]
            await handler.close()

    uvloop.run(asyncio.wait_for(work(), 20))


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")

        async def work() -> None:
            async with WireServer() as server:
                handler = make_handler()
                assert (await fetch(handler, f"{server.base}/plain/1")).response is not None
                await handler.close()

        uvloop.run(asyncio.wait_for(work(), 20))
        assert not [name for name in settings.DOWNLOADER_MIDDLEWARES_BASE if "proxy" in name]
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()
