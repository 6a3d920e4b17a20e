"""Articles and captures handed on: one module a format, and the two lists of them.

    a selection -> Article, one after another -> FORMATS  -> a file, a stream or a folder
                -> the captures of it, noted  -> CAPTURES -> a file or a stream

Nothing is held but the article in hand (and, of Parquet, a group of rows), so an export may be as large as
the archive.
"""

from __future__ import annotations

from archive.export import (
    bibtex,
    cdxjfile,
    csljson,
    csvfile,
    jsonl,
    parquet,
    ris,
    textfolder,
    waczfile,
    warcfile,
)
from archive.export.form import CaptureFormat, Format

FORMATS: dict[str, Format] = {
    "jsonl": Format("jsonl", "JSON, one article a line, all fields", jsonl.write),
    "csv": Format("csv", "a table for spreadsheets and data frames", csvfile.write),
    "parquet": Format("parquet", "a typed table for pandas, polars, DuckDB and R", parquet.write),
    "bibtex": Format("bib", "references for LaTeX and JabRef", bibtex.write),
    "ris": Format("ris", "references for Zotero, EndNote and Citavi", ris.write),
    "csl": Format("json", "references as CSL-JSON, for Zotero and pandoc", csljson.write),
    "txt": Format(
        None, "a folder of plain text files and a table of them, for corpus tools", textfolder.write
    ),
}
"""Of articles, by the name that a person gives."""

CAPTURES: dict[str, CaptureFormat] = {
    "cdxj": CaptureFormat("cdxj", "the list of captures for pywb and other replay tools", cdxjfile.write),
    "warc": CaptureFormat(
        "warc.gz", "the captures as they were kept, with all that belongs to them", warcfile.write
    ),
    "wacz": CaptureFormat(
        "wacz", "the captures with index and list of pages, to replay in a browser", waczfile.write
    ),
}
"""Of captures, by the name that a person gives."""
