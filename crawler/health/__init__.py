"""What is off with a site, since when, and why, as far as the records show it.

    crawl.db, index, WARC -> gather -> History (frozen) -> judge -> troubles -> people

``nouns``, ``records``, ``pages``, ``rhythm`` and ``judge`` are pure: the clock is an argument, and nothing
is read or asked there. ``gather`` is the one module that reads.
"""
