"""Template of the second outlet: the div soup of the 2010s, og and meta tags, comments, a sidebar."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.samples.edition import Edition, esc
from crawler.samples.model import Article, Promo

PAGE_SIZE = 5


def article_path(article: Article) -> str:
    """``/SECTION/SLUG-aYYMMDDHHMM.html``"""
    return f"/{article.section}/{article.slug}-a{article.published:%y%m%d%H%M}.html"


def section_path(section: str, page: int) -> str:
    """``/SECTION/`` and ``/SECTION/seite/2``"""
    return f"/{section}/" if page == 1 else f"/{section}/seite/{page}"


def article_page(edition: Edition, article: Article) -> str:
    """The page of an article."""
    parts = [_seed_head(article) if article.shape == "seed-2" else _head(article)]
    parts.append(f'<div class="artikeltext">{_body(edition, article)}</div>')
    parts.append(SOCIAL)
    promos = edition.promos(article, 3)
    if promos:
        parts.append(_promos(promos, article.promo))
    if article.comments:
        parts.append(_comments(article))
    authors = ", ".join([*article.authors, *article.agencies])
    if article.shape == "seed-2":
        authors = "Admin User"
    meta = (
        f'<meta name="description" content="{esc(article.lead)}" />\n'
        f'<meta name="keywords" content="{esc(", ".join(article.tags))}" />\n'
        f'<meta name="author" content="{esc(authors)}" />\n'
        f'<meta property="og:type" content="article" />\n'
        f'<meta property="og:title" content="{esc(article.title)}" />\n'
        f'<meta property="og:description" content="{esc(article.lead)}" />\n'
        f'<meta property="og:url" content="{edition.url(article)}" />\n'
        f'<meta property="article:published_time" content="{article.published.isoformat()}" />\n'
        f'<meta property="article:section" content="{edition.outlet.sections[article.section]}" />\n'
        f'<link rel="canonical" href="{edition.url(article)}" />\n'
    )
    if article.modified:
        meta += f'<meta property="article:modified_time" content="{article.modified.isoformat()}" />\n'
    return page(edition, article.title, "\n".join(parts), meta, article)


def _seed_head(article: Article) -> str:
    return (
        f'<div class="ueberschrift">{esc(article.title, quote=False)}</div>\n<div class="autor">Admin User</div>'
        f'<div class="lesezeit">2 Min.</div>\n<div class="bild"><img src="/bilder/{article.slug}.png" '
        f'alt="{esc(article.image)}" /></div>\n<h1>{esc(article.title, quote=False)}</h1>\n'
        f"<h2>{esc(article.subtitle, quote=False)}</h2>\n<p>Vorspann {esc(article.lead, quote=False)}</p>"
    )


def _head(article: Article) -> str:
    parts = []
    if article.kicker:
        parts.append(f'<div class="spitzmarke">{esc(article.kicker)}</div>')
    parts.append(f'<h1 class="headline">{esc(article.title, quote=False)}</h1>')
    parts.append(
        f'<div class="datum">{article.published:%d.%m.%Y} | Stand: {article.published:%d.%m.%Y, %H:%M} Uhr</div>'
    )
    parts.append(f'<div class="vorspann"><b>{esc(article.lead, quote=False)}</b></div>')
    names = " und ".join(article.authors)
    if names or article.agencies:
        by = f"VON {names.upper()}" if names else f"({'/'.join(article.agencies)})"
        parts.append(f'<div class="autor">{esc(by)}</div>')
    if article.image:
        parts.append(
            f'<div class="bild"><img src="/bilder/{article.slug}.png" alt="{esc(article.image)}" />'
            f'<div class="bu">{esc(article.caption, quote=False)} (Foto: {esc(article.credit)})</div></div>'
        )
    return "\n".join(parts)


def _body(edition: Edition, article: Article) -> str:
    if article.shape == "line-breaks":
        return "<br /><br />\n".join(edition.inline(block.text) for block in article.blocks)
    made = [edition.block(block, "h3") for block in article.blocks]
    if article.also:
        items = "".join(
            f'<div>&raquo; <a href="{p.url}">{esc(p.headline)}</a></div>' for p in edition.also(article)
        )
        made.insert(2, f'<div class="box box-auch"><div class="boxtitel">Lesen Sie auch</div>{items}</div>')
    if len(made) > 4:
        made.insert(4, '<div class="anzeige">ANZEIGE</div>')
    return "\n".join(made)


def _promos(promos: Sequence[Promo], style: str) -> str:
    made = []
    for promo in promos:
        head, text = esc(promo.headline, quote=False), esc(promo.text, quote=False)
        if style == "plain":
            made.append(f"<h3>{head}</h3>\n<p>{text}</p>")
        elif style == "strong":
            made.append(f"<div><p><strong>{head}</strong></p><p>{text}</p></div>")
        elif style == "h3link":
            made.append(f'<div class="row"><h3><a href="{promo.url}">{head}</a></h3><p>{text}</p></div>')
        else:
            made.append(
                f'<div class="teaserbox"><a href="{promo.url}"><span class="th">{head}</span></a>'
                f'<div class="tt">{text} <a href="{promo.url}">mehr</a></div></div>'
            )
    if style in ("plain", "strong"):
        return "\n".join(made)
    return '<div class="mehr"><div class="boxtitel">Mehr aus dieser Rubrik</div>' + "\n".join(made) + "</div>"


def _comments(article: Article) -> str:
    entries = "\n".join(
        f'<div class="kommentar"><div class="kname">{esc(c.name)}</div><div class="kzeit">{esc(c.when)}</div>'
        f'<div class="ktext"><p>{esc(c.text, quote=False)}</p></div><a href="#antworten">Antworten</a></div>'
        for c in article.comments
    )
    return (
        f'<div id="kommentare"><div class="boxtitel">{len(article.comments)} Kommentare</div>\n{entries}\n'
        '<form action="#" method="post"><textarea name="text"></textarea><input type="submit" value="Absenden" /></form></div>'
    )


def listing_page(
    edition: Edition, title: str, articles: Sequence[Article], links: Sequence[tuple[str, str]]
) -> str:
    """A page of teasers; ``links`` are label and path of its paging."""
    promos = _promos([edition.promo(article) for article in articles], "cards")
    paging = " | ".join(f'<a href="{path}">{esc(label)}</a>' for label, path in links)
    body = f'<h1 class="rubrik">{esc(title)}</h1>\n{promos}\n<div class="blaettern">{paging}</div>'
    return page(edition, title, body, '<meta property="og:type" content="website" />\n', None)


def info_page(edition: Edition, title: str, body: str) -> str:
    """A page that is no story. ``body`` is HTML."""
    return page(
        edition, title, f'<h1 class="rubrik">{esc(title)}</h1>\n<div class="text">{body}</div>', "", None
    )


SOCIAL = (
    '<div class="social"><a href="https://social.example/share">teilen</a> <a href="https://kurz.example/tweet">twittern</a> '
    '<a href="javascript:window.print()">drucken</a></div>'
)


def _sidebar(edition: Edition) -> str:
    items = "".join(
        f'<li><a href="{edition.path(a)}">{esc(a.title, quote=False)}</a></li>' for a in edition.sidebar()
    )
    return f'<div class="spalte"><div class="boxtitel">Meistgelesen</div><ol>{items}</ol></div>'


def page(edition: Edition, title: str, main: str, meta: str, article: Article | None) -> str:
    """The whole document around a main part."""
    outlet = edition.outlet
    charset = article.charset if article else "utf-8"
    nav = " ".join(
        f'<div class="navpunkt"><a href="/{key}/">{label}</a></div>' for key, label in outlet.sections.items()
    )
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" lang="{article.language if article else "de"}">\n<head>\n'
        f'<meta http-equiv="Content-Type" content="text/html; charset={charset}" />\n'
        f"<title>{esc(title, quote=False)} - {outlet.title}</title>\n"
        f'<meta property="og:site_name" content="{outlet.title}" />\n{meta}'
        f'<link rel="alternate" type="application/atom+xml" title="{outlet.title}" href="/atom.xml" />\n'
        '<script type="text/javascript">var _zaehler = _zaehler || []; _zaehler.push(["seite", 1]);</script>\n</head>\n'
        f'<body>\n<div id="cookiehinweis">Diese Website benutzt Cookies. Wenn Sie die Website weiter nutzen, gehen wir von '
        f'Ihrem Einverständnis aus. <a href="/datenschutz.html">Weitere Informationen</a> <span>OK</span></div>\n'
        f'<div id="wrapper">\n<div id="kopf"><a href="/">{outlet.title}</a><div class="claim">{outlet.claim}</div></div>\n'
        f'<div id="navi"><div class="navpunkt"><a href="/">Startseite</a></div> {nav} '
        f'<div class="navpunkt"><a href="/kalender/2026/11?ansicht=monat">Kalender</a></div></div>\n'
        f'<div id="inhalt"><div class="links">\n{main}\n</div>\n<div class="rechts">{_sidebar(edition)}</div></div>\n'
        f'<div id="fuss"><a href="/impressum.html">Impressum</a> <a href="/datenschutz.html">Datenschutz</a> '
        f'<a href="/node/4711">Leserreise</a> Copyright {esc(outlet.publisher)}</div>\n</div>\n</body>\n</html>\n'
    )
