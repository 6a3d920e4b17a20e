"""The words by which navigation and notices are known, in German and English."""

from __future__ import annotations

import re

AWAY = re.compile(
    r"(?:impressum|imprint|datenschutz\w*|privacy\w*(?:[ -]\w+)*|kontakt\w*|contact(?:[ -].+)?|log-?[ -]?in|"
    r"anmelde\w*|anmeldung|einloggen|sign[ -]?(?:in|up)|registr\w+|konto|mein[ -]?(?:konto|bereich)|"
    r"my[ -]?account|"
    r"account|profil\w*|merkliste|"
    r"abos?|abonn\w+|aboshop|abo-?service|abo[ &-]+\w+|subscri\w+|subscribe[ -]\w+|digital-?abo|newsletters?|"
    r"e-?paper|e-?edition|shop|store|"
    r"spenden|donate|support[ -]us|"
    r"\w*anzeigen\w*|inserieren|advertis\w+(?:[ -]\w+)*|"
    r"mediadaten|werbung|werben|"
    r"agb|nutzungsbedingungen|terms\w*(?:[ -]\w+)*|cookies?(?:[ -]\w+)*|barrierefreiheit|accessibility|"
    r"hilfe|help|faq|über[ -]uns|ueber-uns|about(?:[ -].+)?|(?:our )?team|submit(?:[ -].+)?|"
    r".*passwor[dt].*|media partners?|site ?index|karriere|careers|(?:top )?jobs|job-?b[öo]e?rse|"
    r"stellen\w*|immobilien\w*|auto-?markt|partnersuche|trauer\w*|gewinnspiele?|"
    r"r[äa]e?tsel|spiele|games|puzzles?|horoskope?|horoscopes?|wetter|weather|tv-?programm|"
    r"suche|search|rss(?:[ -]feeds?)?|feeds?|apps?|tickets?|"
    r"termine?|veranstaltung\w*|(?:veranstaltungs|termin)?kalender|calendar|events?|"
    r"menü|menue?|start(?:seite)?|home(?:page)?|sitemap|facebook|instagram|twitter|x|youtube|whatsapp|telegram)",
    re.IGNORECASE,
)
"""A link of a navigation that leads to no section of news: matched against its whole name."""

CALENDAR = re.compile(
    r"((?:/[^/]+)*/(?:termine?|kalender|\w*kalender|calendar|events?|veranstaltung\w*)/)\d{4}[/-]\d{1,2}\b",
    re.IGNORECASE,
)

MORE = re.compile(
    r"(?:[›»→>]+|(?:zur? )?nächsten? seite|nächste|weiter(?: zur nächsten seite)?|mehr(?: anzeigen| laden)?|"
    r"ältere(?: \w+)?|vor|next(?: page)?|older(?: \w+)?|more|load more|show more|2|seite 2|page 2)\s*[›»→>]*",
    re.IGNORECASE,
)
"""What the link to the next page of a list is called."""

CONSENT = re.compile(
    r"einwillig|zustimm|einverst|cookie|datenschutz|personenbezogen|tracking|drittanbieter|akzeptier|dsgvo|"
    r"\bconsent|\bprivacy|personal data|third part(?:y|ies)|\bgdpr\b|\baccept\b|\bvendors?\b|\bpur-abo\b",
    re.IGNORECASE,
)
"""What notices that ask for consent speak of."""

AGREE = re.compile(
    r"(?:alle(?:s)? )?(?:cookies )?(?:akzeptieren|zulassen|annehmen|erlauben)(?: (?:und|&) .{1,30})?|"
    r"(?:allen? )?zustimmen(?: (?:und|&) .{1,30})?|einwilligen(?: (?:und|&) .{1,30})?|"
    r"einverstanden|ich stimme zu|"
    r"accept(?: all)?(?: cookies)?(?: (?:and|&) .{1,30})?|(?:i )?agree(?: (?:and|&|to) .{1,30})?|"
    r"allow all(?: cookies)?|"
    r"consent",
    re.IGNORECASE,
)
"""What the button is called that a person has to press."""

CHALLENGE = re.compile(
    r"just a moment|checking (?:if the site connection is secure|your browser)|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|confirm (?:that )?you are (?:a )?human|"
    r"are you (?:a )?(?:robot|human)|not a (?:ro)?bot\b|pardon our interruption|"
    r"unusual (?:traffic|activity)|enable javascript and cookies to continue|"
    r"kein(?:e)? (?:ro)?bot(?:er)?\b|ob sie ein mensch sind|dass sie ein mensch sind|"
    r"ungewöhnliche[rn]? (?:datenverkehr|zugriffe|aktivität)|"
    r"(?:browser|verbindung|sicherheit) wird (?:über)?geprüft|sicherheitsüberprüfung|security check",
    re.IGNORECASE,
)
"""What a page says that wants to see a person before it shows anything."""

SCRIPTED = re.compile(
    r"(?:enable|activate|requires?|needs?|turn on|without) (?:your )?java ?script|"
    r"java ?script (?:is )?(?:required|disabled)|"
    r"java ?script\b.{0,60}\b(?:aktivier|benötig|einschalt|erforderlich)|"
    r"(?:aktivier|benötig)\w*.{0,40}\bjava ?script|"
    r"ohne java ?script",
    re.IGNORECASE | re.DOTALL,
)
"""What a page says that is built by a script in the browser."""
