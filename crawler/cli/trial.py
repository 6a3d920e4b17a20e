"""A trial: some pages extracted as an archive would, in a process that may be killed, and kept nowhere.

answers -> WARC file of a directory that goes away -> archive.index.workers.Pool -> outcomes
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from archive.types import Capture, Exchange, ExchangeEnd, Outcome
from archive.warc.records import Told, exchange_records
from archive.warc.writer import WarcWriter
from crawler.cli.ask import Answer

Extract = Callable[[Sequence[Answer]], list[Outcome]]
"""The outcome of each answer, in their order."""


@contextmanager
def extractor() -> Iterator[Extract]:
    """Hands out a function that extracts; its process starts with the first call, and ends with the block."""
    from archive.extract import extractor_key
    from archive.index.workers import Pool

    with tempfile.TemporaryDirectory(prefix="gazette-trial-") as name:
        folder = Path(name)
        writer = WarcWriter(folder, {"software": "gazette"})
        with Pool(folder, 1, extractor_key()) as pool:

            def extract(answers: Sequence[Answer]) -> list[Outcome]:
                captures = [_keep(answer, writer) for answer in answers]
                writer.sync()
                found = {result.capture.record_id: result.outcome for result in pool.extract_all(captures)}
                return [found[capture.record_id] for capture in captures]

            try:
                yield extract
            finally:
                writer.close()


def _keep(answer: Answer, writer: WarcWriter) -> Capture:
    """The capture of an answer that was just written. Its body is decoded: no coding may be stated."""
    now = datetime.now(UTC)
    stated = answer.header("content-type") or ""
    head = (
        f"HTTP/1.1 {answer.status} Answered\r\nContent-Type: {stated}\r\n\r\n"
        if stated
        else "HTTP/1.1 200 OK\r\n\r\n"
    )
    exchange = Exchange(
        url=answer.url,
        started_at=now,
        request=b"",
        response=head.encode("latin-1", "replace") + answer.body,
        interim=b"",
        fetch_ms=0,
        ip=None,
        protocol="http/1.1",
        tls=None,
        end=ExchangeEnd.COMPLETE,
        reason=None,
    )
    writer.begin()
    kept = exchange_records(exchange, Told("trial", "trial"), writer.warcinfo_id)
    ref = writer.append(kept.members)[-1]
    mime = stated.partition(";")[0].strip().lower() or None
    return Capture(kept.record_id, ref, answer.url, now, answer.status, mime, kept.payload_digest)
