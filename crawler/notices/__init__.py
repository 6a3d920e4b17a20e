"""Tells people of troubles: by mail, webhook or command; once when one begins, once when it is over.

troubles -> book (crawl.db) -> notices to send -> [mail | webhook | command] -> sent, or tried again later
"""
