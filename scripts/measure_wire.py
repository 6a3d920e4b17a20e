"""Counts, over thousands of exchanges, whether every byte of the wire is kept.

    scripts/measure_wire [N]

A server on loopback answers in all the shapes of tests/crawler/wire_shapes.py, with TLS for each third
exchange, and notes what it read and wrote. Download handler and recorder fetch and keep as in a crawl,
the WARC files are read again, and what stands in them is compared with the server's notes.
Exits with 1 when one byte differs.
"""

from __future__ import annotations

import asyncio
import base64
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from warcio.archiveiterator import ArchiveIterator

from archive.types import RecordRef
from archive.warc.http import is_chunked, parse_head
from archive.warc.members import MemberWalk
from archive.warc.reader import read_block, warc_fields
from archive.warc.records import Told
from archive.warc.seal import file_sha256, manifest
from archive.warc.writer import WarcWriter
from crawler.recorder import Recorder
from tests.crawler.wire_server import Served, WireServer, certificate, fetch, make_handler
from tests.crawler.wire_shapes import BROKEN, ODD, SHAPES, SLOW, WHOLE

WORKERS = 16
"""Exchanges at once, each on connections of its own authority's pool."""

SECRETS = {"Authorization": "Basic Z2VoZWltOmdlaGVpbQ==", "Cookie": "abo=geheim; sid=4711"}


@dataclass
class Kept:
    """What one exchange left in the WARC files."""

    request: bytes = b""
    response: bytes = b""
    interim: bytes = b""
    outcome: str = ""


@dataclass
class Counts:
    exchanges: int = 0
    equal: int = 0
    tls: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)


def plan(count: int) -> list[tuple[str, str]]:
    """Path and shape of each fetch; what waits for a timeout is rare, it costs its time."""
    rng = random.Random(5)
    usual = [*WHOLE, *ODD, *BROKEN, "stale"]
    names = [rng.choice([*SLOW]) if i % 200 == 0 else usual[i % len(usual)] for i in range(count)]
    return [(f"/{name}/{i}", name) for i, name in enumerate(names)]


async def crawl(count: int, folder: Path) -> tuple[dict[str, list[Served]], int]:
    """Fetch and keep; gives the server's notes and how many exchanges used TLS."""
    recorder = Recorder(WarcWriter(folder, {"software": "measure_wire"}, max_bytes=4_000_000))
    queue = list(reversed(plan(count)))
    tls = 0
    async with WireServer(certificate(folder.parent)) as server:

        async def work() -> None:
            nonlocal tls
            handler = make_handler(DOWNLOAD_VERIFY_CERTIFICATES=False)
            while queue:
                path, name = queue.pop()
                secure = len(queue) % 3 == 0
                base = server.secure if secure else server.base
                shape = SHAPES.get(name)
                fetched = await fetch(
                    handler,
                    base + path,
                    {"User-Agent": "Gazette", **(SECRETS if len(queue) % 7 == 0 else {})},
                    shape.method if shape else "GET",
                    shape.meta if shape else None,
                )
                for exchange in fetched.exchanges:
                    assert (exchange.tls is not None) == (secure and exchange.ip is not None)
                    tls += secure
                    await recorder.keep(exchange, Told("measure", "run"))
            await handler.close()

        await asyncio.gather(*(work() for _ in range(WORKERS)))
        await recorder.close()
        return dict(server.served), tls


def read_again(folder: Path) -> dict[str, list[Kept]]:
    """What stands in the WARC files, by path, in the order it was kept."""
    found: dict[str, list[Kept]] = {}
    for path in sorted(folder.glob("*.warc.gz")):
        walk = MemberWalk(path)
        for member in walk:
            kind, url = member.get("warc-type"), member.get("warc-target-uri")
            if url is None or kind is None:
                continue
            _, block = read_block(folder, RecordRef(path.name, member.offset, member.length), 1 << 30)
            here = found.setdefault("/" + url.split("/", 3)[3], [])
            if kind == "metadata":  # the first record of an exchange
                fields = warc_fields(block)
                interim = base64.b64decode(fields.get("interim", ""))
                here.append(Kept(interim=interim, outcome=fields["outcome"]))
            elif kind == "request":
                here[-1].request = block
            else:
                here[-1].response = block
        if walk.problem is not None:
            raise SystemExit(f"{path.name}@{walk.offset}: {walk.problem}")
    return found


def compare(served: dict[str, list[Served]], kept: dict[str, list[Kept]]) -> Counts:
    """Count the exchanges whose bytes are the server's, but for the values that are cut by rule."""
    counts = Counts()
    for path, notes in served.items():
        records = kept.get(path, [])
        counts.shapes[path.split("/")[1]] += len(notes)
        for i, note in enumerate(notes):
            counts.exchanges += 1
            read = note.read
            for value in SECRETS.values():
                read = read.replace(value.encode(), b"[cut]")
            one = records[i] if i < len(records) else Kept()
            if (
                one.request == read
                and one.interim + one.response == note.wrote
                and len(records) == len(notes)
            ):
                counts.equal += 1
            else:
                counts.differing.append(path)
    return counts


@dataclass
class Check:
    """What warcio says of the digests, by record id where it finds fault."""

    records: int = 0
    unchecked: int = 0
    blocks: set[str] = field(default_factory=set)
    payloads: set[str] = field(default_factory=set)
    chunked: set[str] = field(default_factory=set)  # the responses whose payload warcio reads in chunks


def foreign_check(folder: Path) -> Check:
    """The findings of ``warcio check``, which hashes chunk framing as if it were payload."""
    check = Check()
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests=True):
                record_id = record.rec_headers.get_header("WARC-Record-ID")
                while record.raw_stream.read(65_536):
                    pass
                check.records += 1
                check.unchecked += record.digest_checker.passed is None
                for problem in record.digest_checker.problems:
                    (check.payloads if "payload" in problem else check.blocks).add(record_id)
        for member in MemberWalk(path):
            if member.get("warc-type") == "response":
                head = parse_head(member.block_head)
                if head is not None and is_chunked(head.headers):
                    check.chunked.add(member.get("warc-record-id") or "")
    return check


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 5000
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "warc"
        folder.mkdir()
        served, tls = uvloop.run(crawl(count, folder))
        took = time.monotonic() - began
        counts = compare(served, read_again(folder))
        listed = manifest(folder)
        files = sorted(folder.glob("*.warc.gz"))
        sealed = sum(listed.get(path.name) == file_sha256(path) for path in files)
        check = foreign_check(folder)
        planted = sum(
            value.encode() in read_block(folder, RecordRef(path.name, m.offset, m.length), 1 << 30)[1]
            for path in files
            for m in MemberWalk(path)
            for value in SECRETS.values()
        )
    shapes = len(counts.shapes)
    print(f"exchanges      {counts.exchanges} of {shapes} shapes, {tls} over TLS, in {took:.0f} s")
    print(f"equal          {counts.equal} of {counts.exchanges}")
    print(f"files          {sealed} of {len(files)} sealed with the SHA-256 of the manifest")
    print(f"warcio check   {check.records} records, {check.unchecked} of them unchecked")
    print(f"  block        {len(check.blocks)} findings")
    print(f"  payload      {len(check.payloads)} findings; {len(check.chunked)} responses are chunked")
    print(f"secrets found  {planted}")
    for path in counts.differing[:20]:
        print(f"differs: {path}")
    good = counts.equal == counts.exchanges >= count and sealed == len(files) and not planted
    good = good and not check.unchecked and not check.blocks and check.payloads == check.chunked
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
