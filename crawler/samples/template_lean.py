"""Template of the third outlet: a lean page with microdata and little else."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.samples.edition import Edition, esc, german_day
from crawler.samples.model import Article, Promo

PAGE_SIZE = 20


def article_path(article: Article) -> str:
    """``/YYYY/MM/SLUG/``"""
    return f"/{article.published:%Y/%m}/{article.slug}/"


def section_path(section: str, page: int) -> str:
    """``/rubrik/SECTION/``; everything fits on one page."""
    return f"/rubrik/{section}/"


def article_page(edition: Edition, article: Article) -> str:
    """The page of an article."""
    german = article.language == "de"
    day = german_day(article.published) if german else f"{article.published:%d %B %Y}"
    people = [
        f'<span itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">{esc(n)}</span></span>'
        for n in article.authors
    ]
    people += [
        f'<span itemprop="author" itemscope itemtype="https://schema.org/Organization"><span itemprop="name">{n}</span></span>'
        for n in article.agencies
    ]
    by = f"{'Von' if german else 'By'} {', '.join(people)}, " if people else ""
    head = f'<p class="kicker">{esc(article.kicker)}</p>\n' if article.kicker else ""
    head += (
        f'<h1 itemprop="headline">{esc(article.title, quote=False)}</h1>\n'
        f'<p class="lead" itemprop="description">{esc(article.lead, quote=False)}</p>\n'
        f'<p class="by">{by}<time itemprop="datePublished" datetime="{article.published.isoformat()}">{day}</time></p>'
    )
    made = [edition.block(block, "h2") for block in article.blocks]
    if article.image:
        made.insert(
            1,
            f'<figure><img itemprop="image" src="/bilder/{article.slug}.png" alt="{esc(article.image)}">'
            f"<figcaption>{esc(article.caption, quote=False)} Bild: {esc(article.credit)}</figcaption></figure>",
        )
    if article.also:
        links = ", ".join(f'<a href="{p.url}">{esc(p.headline)}</a>' for p in edition.also(article))
        made.insert(3, f'<p class="see">{"Lesen Sie auch" if german else "See also"}: {links}</p>')
    body = "\n".join(made)
    text = (
        f'<article itemscope itemtype="https://schema.org/NewsArticle">\n'
        f'<meta itemprop="inLanguage" content="{article.language}">'
        f'<meta itemprop="articleSection" content="{edition.outlet.sections[article.section]}">\n'
        f'{head}\n<div itemprop="articleBody">\n{body}\n</div>\n{_mail(german)}\n</article>\n'
    )
    promos = edition.promos(article, 2)
    if promos:
        text += f"<aside><h2>{'Mehr vom Siel' if german else 'More stories'}</h2>\n{_promos(promos, article.promo)}</aside>"
    meta = f'<meta name="description" content="{esc(article.lead)}">\n<link rel="canonical" href="{edition.url(article)}">\n'
    return page(edition, article.title, text, meta, article.language, bare=article.shape == "bare")


def _mail(german: bool) -> str:
    if german:
        return '<p class="share"><a href="mailto:?subject=Hafenblatt">Per E-Mail weiterempfehlen</a></p>'
    return '<p class="share"><a href="mailto:?subject=Hafenblatt">Recommend by e-mail</a></p>'


def _promos(promos: Sequence[Promo], style: str) -> str:
    if style == "plain":
        return "\n".join(
            f"<h3>{esc(p.headline, quote=False)}</h3>\n<p>{esc(p.text, quote=False)}</p>" for p in promos
        )
    return "\n".join(
        f'<h3><a href="{p.url}">{esc(p.headline, quote=False)}</a></h3>\n<p>{esc(p.text, quote=False)}</p>'
        for p in promos
    )


def listing_page(
    edition: Edition, title: str, articles: Sequence[Article], links: Sequence[tuple[str, str]]
) -> str:
    """A page of teasers; ``links`` are label and path of its paging."""
    entries = "\n".join(
        f'<li><time datetime="{a.published.date()}">{a.published:%d.%m.}</time> <a href="{edition.path(a)}">'
        f"{esc(a.title, quote=False)}</a><br>{esc(a.lead, quote=False)}</li>"
        for a in articles
    )
    paging = " ".join(f'<a href="{path}">{esc(label)}</a>' for label, path in links)
    return page(edition, title, f"<h1>{esc(title)}</h1>\n<ul>\n{entries}\n</ul>\n<p>{paging}</p>", "", "de")


def info_page(edition: Edition, title: str, body: str) -> str:
    """A page that is no story. ``body`` is HTML."""
    return page(edition, title, f"<h1>{esc(title)}</h1>\n{body}", "", "de")


def page(edition: Edition, title: str, main: str, meta: str, language: str, *, bare: bool = False) -> str:
    """The whole document around a main part; ``bare`` leaves out the head and body tags, as HTML allows."""
    outlet = edition.outlet
    nav = " · ".join(f'<a href="/rubrik/{key}/">{label}</a>' for key, label in outlet.sections.items())
    head, body, end = ("", "", "") if bare else ("<head>\n", "</head>\n<body>\n", "</body>\n")
    return (
        f'<!doctype html>\n<html lang="{language}">\n{head}<meta charset="utf-8">\n'
        f"<title>{esc(title, quote=False)} – {outlet.title}</title>\n{meta}{body}"
        f'<header><a href="/">{outlet.title}</a> <small>{outlet.claim}</small>\n<nav>{nav}</nav></header>\n'
        f'<main>\n{main}\n</main>\n<footer><a href="/impressum/">Impressum</a> <a href="/datenschutz/">Datenschutz</a>\n'
        f"<p>{esc(outlet.publisher)}. Wir setzen nur Cookies, die der Betrieb der Seite braucht.</p></footer>\n{end}</html>\n"
    )
