"""Counts what is found and what is lost in damaged WARC files, and compares readers on strangers' files.

    scripts/measure_damage [--cuts N] [--flips N] [--foreign DIR] [--bombs]

Cuts and flips are made in files of our own, one at a time, at random places: each must be found by verify,
and after repair at most the damaged record may be gone. --foreign reads every file of DIR by our own reader,
by warcio and by FastWARC, and explains where they differ. --bombs makes files that are hostile by size
(records of 1 GiB, headers of 100 MB, a million empty members) and shows time and memory of their import.
Exits with 1 when something does not hold.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from archive.errors import ArchiveError
from archive.warc.check import Tally
from archive.warc.members import MemberWalk
from archive.warc.salvage import DAMAGE, salvage
from archive.warc.takein import import_file
from archive.warc.verify import verify_archive
from tests.warc.support import SHAPES, exchange, write_file

MAX_MEMORY = 300
"""Megabytes that an import may take."""
MAX_SILENCE = 60.0
"""Seconds that one hostile file may take."""


def damaged(cuts: int, flips: int) -> bool:
    """Print how many damages were found, and what was lost; whether all holds."""
    chance = random.Random(6)
    counts = {"cut": [0, 0, 0, 0], "flip": [0, 0, 0, 0]}
    with tempfile.TemporaryDirectory() as folder:
        path = write_file(Path(folder) / "warc", [exchange(s.response) for s in SHAPES.values()])
        whole = path.read_bytes()
        before = {m.offset: m.length for m in MemberWalk(path)}
        for kind in ["cut"] * cuts + ["flip"] * flips:
            data = bytearray(whole)
            at = chance.randrange(1, len(data))
            if kind == "cut":
                del data[at:]
            else:
                data[at] ^= 1 << chance.randrange(8)
            path.write_bytes(data)
            tried, found, losing, more = counts[kind]
            seen = any(f.kind == "sha256" for f in verify_archive(path.parent, Tally()))
            try:
                salvage(path)
            except ArchiveError:
                pass  # nothing whole is in it
            kept = {m.offset for m in MemberWalk(path) if m.get("warc-target-uri") != DAMAGE}
            gone = set(before) - kept
            hit = {o for o, n in before.items() if (at < o + n if kind == "cut" else o <= at < o + n)}
            counts[kind] = [tried + 1, found + seen, losing + bool(gone), more + bool(gone - hit)]
            for rest in path.parent.glob("*.damaged*"):
                rest.unlink()
            path.write_bytes(whole)
    print(f"{'damage':8} {'tried':>6} {'found':>6} {'lose their record':>18} {'lose another':>13}")
    for kind, (tried, found, losing, more) in counts.items():
        print(f"{kind:8} {tried:6} {found:6} {losing:18} {more:13}")
    return all(tried == found and more == 0 for tried, found, _, more in counts.values())


_READERS = {
    "warcio": "from warcio import ArchiveIterator as A\nn=sum(1 for _ in A(f, arc2warc=True))",
    "FastWARC": "from fastwarc.warc import ArchiveIterator as A\nn=sum(1 for _ in A(f))",
}


def _count(reader: str, path: Path) -> str:
    """Records that another reader gives, or how it ends. A process of its own: some hang on some files."""
    code = f"import sys\nf=open(sys.argv[1],'rb')\n{_READERS[reader]}\nprint(n)"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=30, check=False
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    return done.stdout.split()[-1] if done.returncode == 0 else "raises"


def _why(name: str, ours: int, lost: int, refused: str, other: str, reader: str) -> str:
    if other.isdigit() and int(other) == ours:
        return ""
    if name.endswith(".wacz"):
        return f"{reader} reads no zip"
    if ".arc" in name and reader == "FastWARC":
        return "FastWARC reads no ARC"
    if other in ("raises", "hangs"):
        return (
            f"{reader} {other} where records are whole" if ours else f"{reader} {other}, and nothing is whole"
        )
    if refused or lost:
        return f"{reader} counts what is no whole record ({(refused or 'see above')[:60]})"
    return f"{reader} stops early, without an error" if int(other) < ours else "UNEXPLAINED"


def foreign(folder: Path) -> bool:
    """Print what each reader gives of each file; whether each difference is explained."""
    explained = True
    print(f"{'file':62} {'ours':>5} {'places':>6} {'warcio':>7} {'FastWARC':>8}  why they differ")
    with tempfile.TemporaryDirectory() as target:
        for path in sorted(folder.iterdir()):
            ours, lost, refused = 0, 0, ""
            command = [sys.executable, "-m", "crawler.cli", "--archive", f"{target}/{path.name}"]
            subprocess.run([*command[:3], "init", f"{target}/{path.name}"], check=True, capture_output=True)
            done = subprocess.run(
                [*command, "import", str(path)], capture_output=True, text=True, check=False
            )
            for file in Path(target, path.name, "warc").glob("*.warc.gz"):
                ours += sum(1 for _ in MemberWalk(file)) - 1
            said = [line for line in done.stdout.splitlines() if "@" in line.partition(": ")[0]]
            lost = len(said)
            refused = said[0].partition(": ")[2] if said and not ours else ""
            other = {reader: _count(reader, path) for reader in _READERS}
            whys = [_why(path.name, ours, lost, refused, count, reader) for reader, count in other.items()]
            why = "; ".join(dict.fromkeys(w for w in whys if w)) or refused[:60]
            explained = explained and "UNEXPLAINED" not in why and "Traceback" not in done.stderr
            print(f"{path.name[:62]:62} {ours:5} {lost:6} {other['warcio']:>7} {other['FastWARC']:>8}  {why}")
    return explained


def _record(length: int) -> bytes:
    head = "WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: urn:x\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
    return f"{head}WARC-Record-ID: <urn:x>\r\nContent-Length: {length}\r\n\r\n".encode()


def _write_bomb(path: Path, kind: str) -> None:
    good = gzip.compress(_record(4) + b"good\r\n\r\n")
    stream = zlib.compressobj(1, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(good)
        if kind == "a record of 1 GiB":
            file.write(stream.compress(_record(1 << 30)))
            for _ in range(1024):
                file.write(stream.compress(bytes(1 << 20)))
            file.write(stream.compress(b"\r\n\r\n") + stream.flush())
        elif kind == "a header of 100 MB":
            file.write(gzip.compress(b"WARC/1.0\r\nX: " + b"y" * 100_000_000, 1))
        elif kind == "a million empty members":
            file.write(gzip.compress(b"") * 1_000_000)
        elif kind == "10 GiB of zeros in a member":
            for _ in range(10_240):
                file.write(stream.compress(bytes(1 << 20)))
            file.write(stream.flush())
        elif kind == "a length of 10^18":
            file.write(gzip.compress(_record(10**18 - 1) + b"x" * 1000))
        file.write(good.replace(b"<urn:x>", b"<urn:y>"))


def bombs() -> bool:
    """Print seconds and memory of importing hostile files; whether they stay within the limits."""
    kinds = (
        *("a record of 1 GiB", "a header of 100 MB", "a million empty members"),
        *("10 GiB of zeros in a member", "a length of 10^18"),
    )
    held = True
    print(f"{'file':30} {'bytes':>11} {'records':>8} {'places':>7} {'seconds':>8} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            path = Path(folder) / "bomb.warc.gz"
            _write_bomb(path, kind)
            read, write = os.pipe()
            if (child := os.fork()) == 0:
                target = Path(folder) / kind.replace(" ", "-")
                target.mkdir()
                done = import_file(path, target)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                os.write(write, f"{sum(done.records.values())} {done.lost} {peak}".encode())
                os._exit(0)
            began = time.monotonic()
            os.close(write)
            with os.fdopen(read) as told:
                records, places, peak_mb = (int(n) for n in (told.read() or "0 0 9999").split())
            os.waitpid(child, 0)
            took = time.monotonic() - began
            held = held and peak_mb <= MAX_MEMORY and took <= MAX_SILENCE and records >= 2
            print(f"{kind:30} {path.stat().st_size:11} {records:8} {places:7} {took:8.1f} {peak_mb:8}")
    return held


def main() -> int:
    """Measure; returns the exit code."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--foreign", type=Path)
    parser.add_argument("--bombs", action="store_true")
    options = parser.parse_args()
    held = damaged(options.cuts, options.flips)
    if options.foreign:
        held = foreign(options.foreign) and held
    if options.bombs:
        held = bombs() and held
    print("all held" if held else "NOT all held")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
