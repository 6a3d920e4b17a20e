"""WARC 1.1 files: names, writer, member walk, reader, recovery. The only place that imports warcio."""
