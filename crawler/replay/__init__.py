"""Replay: the archived pages as a browser shows them, by pywb in a process and an environment of its own."""

PORT = 8090
"""What `gazette replay` listens on when nothing else is said."""
