"""Why text is no part of an article: every code of ``Teaser.evidence`` and ``Cut.reason``, said once.

The first three are what a page itself proves of its teasers, under conditions that ``teasers`` names.
``stored-*`` is what other stored pages prove: the index adds it. What is left tells furniture by its form,
and last, for text that has no known form, which of the separators left it out.
"""

from __future__ import annotations

ALL_LINKED, HEADLINE_LINKED, LINKED_ELSEWHERE = "all-linked", "headline-linked", "headline-linked-elsewhere"
DISTINCT_LINK = "distinct-link"
FEED = "feed"
STORED_TITLE, STORED_TEASER, STORED_RUN = "stored-title", "stored-teaser", "stored-run"
TITLE, LABEL, BYLINE, TIME = "title", "label", "byline", "time"
CAPTION, SHARE, CONSENT, PROMOTION = "caption", "share", "consent", "promotion"
POINTER, FURNITURE, BIOGRAPHY, HEADING = "pointer", "furniture", "biography", "heading"
COMMENT, HIDDEN = "comment", "hidden"
REFEREE, TRAFILATURA = "referee", "trafilatura"

MEANING = {
    ALL_LINKED: "a teaser: all of it is a link, as are its neighbours",
    HEADLINE_LINKED: "a teaser: its headline links to an article of the site, as do its neighbours'",
    LINKED_ELSEWHERE: "a teaser: its headline is a link, as are its neighbours'",
    DISTINCT_LINK: "a teaser: a link in it leads to a story of its own, as in its neighbours",
    FEED: "an item of a feed",
    STORED_TITLE: "a teaser: its headline is the title of another stored article",
    STORED_TEASER: "a teaser: its headline is linked on a stored section page or feed",
    STORED_RUN: "a teaser: it looks and stands like others whose headlines other stored pages have",
    TITLE: "says the title again, or heads the story beside it",
    LABEL: "the name of a field of the content system",
    BYLINE: "who wrote it, and when, or how long it takes to read",
    TIME: "a time of day by itself",
    CAPTION: "belongs to a picture: its caption or its credit",
    SHARE: "a button to share or to print",
    CONSENT: "stands in for embedded content, or asks for consent",
    PROMOTION: "asks for a subscription, a donation or a follower",
    POINTER: "sends the reader to another page",
    FURNITURE: "the name of a box, or what the page says about itself",
    BIOGRAPHY: "presents the author",
    HEADING: "a heading with no text below it",
    COMMENT: "a reader's comment",
    HIDDEN: "hidden from readers",
    REFEREE: "the referee takes it for no part of the article",
    TRAFILATURA: "trafilatura leaves it out, and the referee is not sure",
}
"""What each code means, to be read behind "cut, because it is ..."."""
