"""Template of the first outlet: semantic HTML5 with JSON-LD, teaser cards, a cookie dialog."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from crawler.samples.edition import Edition, byline, esc, german_day
from crawler.samples.model import Article, Promo

PAGE_SIZE = 5


def article_path(article: Article) -> str:
    """``/SECTION/SLUG``"""
    return f"/{article.section}/{article.slug}"


def section_path(section: str, page: int) -> str:
    """``/SECTION`` and ``/SECTION?seite=2``"""
    return f"/{section}" if page == 1 else f"/{section}?seite={page}"


def json_ld(edition: Edition, article: Article) -> dict[str, Any]:
    """The schema.org object of an article."""
    url = edition.url(article)
    authors: list[dict[str, str]] = [{"@type": "Person", "name": name} for name in article.authors]
    authors += [{"@type": "Organization", "name": name} for name in article.agencies]
    if article.shape.startswith("seed"):
        authors = [{"@type": "Person", "name": "Admin User"}]
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting" if article.updates else "NewsArticle",
        "headline": article.title,
        "description": article.lead,
        "mainEntityOfPage": {"@type": "WebPage", "@id": url},
        "datePublished": article.published.isoformat(),
        "dateModified": (article.modified or article.published).isoformat(),
        "author": authors,
        "articleSection": edition.outlet.sections[article.section],
        "inLanguage": article.language,
        "isAccessibleForFree": article.shape != "paywall",
        "publisher": {
            "@type": "NewsMediaOrganization",
            "name": edition.outlet.title,
            "url": edition.base + "/",
        },
    }
    if article.image:
        made["image"] = [f"{edition.base}/bilder/{article.slug}.png"]
    if article.tags:
        made["keywords"] = list(article.tags)
    if article.shape == "paywall":
        made["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
    if article.updates:
        made["coverageStartTime"] = article.published.isoformat()
        made["liveBlogUpdate"] = [
            {"@type": "BlogPosting", "headline": u.headline, "datePublished": u.at, "articleBody": u.text}
            for u in article.updates
        ]
    return made


def article_page(edition: Edition, article: Article) -> str:
    """The page of an article."""
    parts = [_seed_head(article) if article.shape == "seed-1" else _head(edition, article)]
    if article.shape == "seed-1":
        text = "".join(edition.block(block) for block in article.blocks)
        parts.append(
            f'<div class="field field--body"><div class="field__label">Artikeltext</div>'
            f'<div class="field__item">{text}</div></div>'
        )
    else:
        parts.append(f'<div class="article-body">{_body(edition, article)}</div>')
    parts.append("".join(_update(update.at, update.headline, update.text) for update in article.updates))
    if article.download:
        parts.append(f'<p class="download"><a href="{article.download}">Dokument herunterladen (PDF)</a></p>')
    if article.shape == "paywall":
        parts.append(PAYWALL)
    parts.append(SHARE)
    promos = edition.promos(article, 3)
    inside = promos and article.promo in ("inside", "plain", "strong", "h3link")
    if inside:
        parts.append(_promos(promos, article.promo))
    main = f'<article class="node">{"".join(parts)}</article>'
    if promos and not inside:
        main += f'<section class="more"><h2>Neueste Artikel</h2>{_promos(promos, "cards")}</section>'
    meta = (
        f'<meta name="description" content="{esc(article.lead)}">'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{esc(article.title)}">'
        f'<meta property="og:url" content="{edition.url(article)}">'
        f'<link rel="canonical" href="{edition.url(article)}">'
        f'<script type="application/ld+json">{_script(json_ld(edition, article))}</script>'
    )
    return page(edition, article.title, main, meta, article.language)


def _script(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def _seed_head(article: Article) -> str:
    return (
        f'<h1>{esc(article.title, quote=False)}</h1><div class="meta"><span>Admin User</span> <span>2 Min.</span></div>'
        f'<img src="/bilder/{article.slug}.png" alt="{esc(article.image)}">'
        f'<div class="field field--title"><h2>{esc(article.title, quote=False)}</h2></div>'
        f"<h2>{esc(article.subtitle, quote=False)}</h2>"
        f'<div class="field field--vorspann"><div class="field__label">Vorspann</div>'
        f'<div class="field__item"><p>{esc(article.lead, quote=False)}</p></div></div>'
    )


def _head(edition: Edition, article: Article) -> str:
    parts = ["<header>"]
    if article.kicker:
        parts.append(f'<p class="kicker">{esc(article.kicker)}</p>')
    parts.append(f"<h1>{esc(article.title, quote=False)}</h1>")
    parts.append(f'<p class="lead">{esc(article.lead, quote=False)}</p>')
    stamp = f"{german_day(article.published)}, {article.published:%H:%M} Uhr"
    line = byline(article)
    parts.append(
        f'<div class="byline">{f"<span>{esc(line)}</span> · " if line else ""}'
        f'<time datetime="{article.published.isoformat()}">{stamp}</time></div></header>'
    )
    if article.image:
        parts.append(
            f'<figure><img src="/bilder/{article.slug}.png" srcset="/bilder/{article.slug}-2x.png 2x" '
            f'alt="{esc(article.image)}"><figcaption>'
            f'{esc(article.caption, quote=False)} <span class="credit">Foto: {esc(article.credit)}</span>'
            "</figcaption></figure>"
        )
    return "".join(parts)


def _body(edition: Edition, article: Article) -> str:
    made = [edition.block(block) for block in article.blocks]
    if article.also:
        items = "".join(f'<li><a href="{p.url}">{esc(p.headline)}</a></li>' for p in edition.also(article))
        made.insert(2, f'<aside class="readmore"><strong>Lesen Sie auch</strong><ul>{items}</ul></aside>')
    if article.gallery:
        made += [
            f'<figure class="slide"><img src="/bilder/{article.slug}-{n}.png" alt="Bild {n}">'
            f'<figcaption>{esc(p.caption, quote=False)} <span class="credit">Foto: {esc(p.credit)}</span></figcaption></figure>'
            for n, p in enumerate(article.gallery, 1)
        ]
    if article.shape == "paywall":
        made[-1] = made[-1].replace("<p>", '<p class="fade">', 1)
    return "\n".join(made)


def _update(at: str, headline: str, text: str) -> str:
    return (
        f'<section class="update"><time datetime="{at}">{at[11:16]} Uhr</time>'
        f"<h3>{esc(headline, quote=False)}</h3><p>{esc(text, quote=False)}</p></section>"
    )


def _promos(promos: Sequence[Promo], style: str) -> str:
    made = []
    for number, promo in enumerate(promos):
        head, text = esc(promo.headline, quote=False), esc(promo.text, quote=False)
        if style == "plain":
            made.append(f"<h2>{head}</h2><p>{text}</p>")
        elif style == "strong":
            made.append(f"<div><p><strong>{head}</strong></p><p>{text}</p></div>")
        elif style == "h3link":
            made.append(
                f'<div class="views-row"><h3><a href="{promo.url}">{head}</a></h3><p>{text}</p></div>'
            )
        else:
            made.append(
                f'<article class="teaser"><a href="{promo.url}"><img src="/bilder/t{number}.png" alt="Symbolbild">'
                f"<h3>{head}</h3><p>{text}</p></a></article>"
            )
    joined = "\n".join(made)
    return f'<div class="list">{joined}</div>' if style == "strong" else joined


def listing_page(
    edition: Edition, title: str, articles: Sequence[Article], links: Sequence[tuple[str, str]]
) -> str:
    """A page of teasers; ``links`` are label and path of its paging."""
    cards = _promos([edition.promo(article) for article in articles], "cards")
    paging = "".join(f'<a class="page" href="{path}">{esc(label)}</a> ' for label, path in links)
    main = f'<h1>{esc(title)}</h1><div class="grid">{cards}</div><nav class="paging">{paging}</nav>'
    return page(edition, title, main, '<meta property="og:type" content="website">', "de")


def info_page(edition: Edition, title: str, body: str) -> str:
    """A page that is no story: imprint, privacy, a month of the calendar. ``body`` is HTML."""
    return page(edition, title, f'<section class="info"><h1>{esc(title)}</h1>{body}</section>', "", "de")


SHARE = (
    '<div class="share"><span>Artikel teilen:</span> <a href="https://social.example/share">Facebook</a> '
    '<a href="https://chat.example/send">WhatsApp</a> <a href="mailto:?subject=Ruhr%20Aktuell">E-Mail</a></div>'
)
PAYWALL = (
    '<div class="paywall"><h2>Weiterlesen mit RA+</h2><p>Dieser Artikel ist für Abonnenten. Testen Sie RA+ einen Monat '
    'lang für 1 Euro, danach 8,99 Euro im Monat, jederzeit kündbar.</p><a href="/abo">Jetzt testen</a></div>'
)
CONSENT = (
    '<div class="cmp" role="dialog" aria-label="Einwilligung"><p>Wir und unsere 143 Partner verwenden Cookies, um Inhalte '
    "und Anzeigen zu personalisieren. Sie können Ihre Einwilligung jederzeit in der Datenschutzerklärung widerrufen.</p>"
    "<button>Alle akzeptieren</button> <button>Einstellungen</button></div>"
)


def page(edition: Edition, title: str, main: str, meta: str, language: str) -> str:
    """The whole document around a main part."""
    outlet = edition.outlet
    nav = "".join(f'<li><a href="/{key}">{esc(label)}</a></li>' for key, label in outlet.sections.items())
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{esc(title, quote=False)} | {outlet.title}</title>"
        f'<meta name="viewport" content="width=device-width"><meta property="og:site_name" content="{outlet.title}">{meta}'
        f'<link rel="alternate" type="application/rss+xml" title="{outlet.title}" href="/feed.rss">'
        '<link rel="stylesheet" href="/gestalt/stil.css"><script src="/gestalt/lesezeit.js" defer></script></head>\n'
        f'<body>{CONSENT}<header class="site"><a href="/">{outlet.title}</a> '
        f'<span>{outlet.claim}</span><nav><ul><li><a href="/">Start</a></li>{nav}'
        f'<li><a href="/termine/2026/11?ansicht=monat">Termine</a></li></ul></nav></header>\n<main>{main}</main>\n'
        f'<footer><form action="/suche"><input name="q" placeholder="Suche"></form><p><a href="/impressum">Impressum</a> | '
        f'<a href="/datenschutz">Datenschutz</a> | <a href="/abo">Abo</a> | <a href="/intern/redaktionsplan">Intern</a> | '
        f'<a href="/suche?q=Rathaus">Suche</a></p><p>© {esc(outlet.publisher)}</p></footer></body></html>\n'
    )
