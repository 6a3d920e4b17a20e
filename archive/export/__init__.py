"""Articles handed on: one module a format, and ``FORMATS``, the one list of them.

    a selection -> Article, one after another -> a format -> a file, a stream or a folder

Nothing is held but the article in hand (and, of Parquet, a group of rows), so an export may be as large as
the archive.
"""

from __future__ import annotations

from archive.export import bibtex, csljson, csvfile, jsonl, parquet, ris, textfolder
from archive.export.form import Format

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
"""By the name that a person gives."""
