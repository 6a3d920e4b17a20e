"""The index's tables of stories: what several articles tell, and how they were joined."""

from __future__ import annotations

from archive.index.tables import Table

STORIES = Table(
    "stories",
    "What two or more articles tell: joined by what their texts share, never by URL",
    "id",
    (
        ("id", str, "Made of the URL of its earliest article: the same as long as that is the earliest"),
        ("title", str, "Headline of the earliest article"),
        ("first_id", str, "Document of the earliest article"),
        ("first_day", str, "Day of the earliest article, YYYY-MM-DD"),
        ("last_day", str, "Day of the latest one"),
        ("documents", int, "Articles that tell it, newest version of each URL"),
        ("outlets", int, "Outlets that tell it"),
    ),
)

STORY_DOCUMENTS = Table(
    "story_documents",
    "Which articles tell a story, each with the article it was joined through, and why",
    "document_id",
    (
        ("document_id", str, "Document of kind article, the newest version of its URL"),
        ("story_id", str, "Story it tells"),
        ("outlet", str, "Name of the site, else the host"),
        ("day", str, "Local day of publication, else day of the first capture (UTC), YYYY-MM-DD"),
        (
            "relation",
            str,
            "first; or what it is of `through_id`: copy, agency copy (the same text too), excerpt or rewrite",
        ),
        ("agency", str, "News agency that it credits"),
        ("through_id", str, "Document it was joined through: the earlier one that is most like it"),
        ("score", float, "How sure the join is, to 1; NULL for the first"),
        ("reason", str, "Why it was joined, for people"),
        ("shared", str, "JSON: quotations, names and numbers that both texts hold"),
    ),
    (("document_id", "documents", "id"), ("story_id", "stories", "id")),
)

STORY_PAIRS = Table(
    "story_pairs",
    "Each article with up to five earlier ones that were found to tell the same: those that share most with "
    "it, whether or not a story was made through them",
    ("earlier_id", "later_id"),
    (
        ("earlier_id", str, "Document that was published earlier"),
        ("later_id", str, "Document that was published later"),
        ("score", float, "How sure it is, to 1; joins begin at 0.24"),
        ("relation", str, "copy, excerpt or rewrite"),
        ("containment", float, "Share of the shorter text's runs of three words that stand in the other"),
        ("jaccard", float, "Share of all runs of three words of both that both have"),
        ("quotations", int, "Quotations that both have"),
        ("names", int, "Names that both have: capitalised words in a row"),
        ("numbers", int, "Numbers that both have"),
        ("differing", int, "Facts that differ where the words around them are the same: against the join"),
        ("days_apart", int, "Days between them"),
        ("reason", str, "All that in words"),
        ("shared", str, "JSON: the quotations, names and numbers"),
        ("runs", int, "Runs of three words that both have, of those that `story_shingles` keeps"),
    ),
    (("earlier_id", "documents", "id"), ("later_id", "documents", "id")),
)

STORY_SHINGLES = Table(
    "story_shingles",
    "By which articles of one story find each other: about every ninth telling run of three words",
    "day",
    (
        ("day", int, "Days since 1970"),
        (
            "postings",
            bytes,
            "32-bit numbers: how many articles; row number (modulo 2^24), outlet, runs of each; then these",
        ),
    ),
)

TABLES = (STORIES, STORY_DOCUMENTS, STORY_PAIRS, STORY_SHINGLES)
INDEXES = (
    "CREATE INDEX stories_first_day ON stories (first_day)",
    "CREATE INDEX story_documents_story_id ON story_documents (story_id, day)",
    "CREATE INDEX story_pairs_later_id ON story_pairs (later_id, score)",
)
