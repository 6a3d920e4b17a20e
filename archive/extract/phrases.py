"""The words and forms of lines that are no text, in German and English first.

Any outlet may use them; nothing here knows one outlet. Each pattern is tried on one line.
"""

from __future__ import annotations

import re

# The name of a field of the content system, by itself or before its text.
LABEL = re.compile(
    r"^(?:vorspann|artikeltext|anrei(?:ß|ss)er|teasertext|fließtext|lead text|article text|body text)\s*:?$",
    re.IGNORECASE,
)
LABEL_BEFORE = re.compile(
    r"^(?:vorspann|artikeltext|anrei(?:ß|ss)er|teasertext|fließtext)\s*:?\s+(?=[A-ZÄÖÜ\"„“»])", re.IGNORECASE
)
# "Read also: ...", in the words that introduce a link elsewhere.
POINTER = re.compile(
    r"^[-•>»→►▶+*\s]*(?:lesen sie (?:auch|hier|mehr|dazu)|lies(?: auch)?|auch interessant|das könnte (?:sie|"
    r"dich) auch|mehr zum thema|"
    r"mehr dazu|mehr (?:aus|über|von)|mehr lesen|zum thema|weiterlesen|passend dazu|siehe auch|"
    r"interessant(?: dazu)?|read (?:more|also|next)|"
    r"also read|related(?: articles?| stories| topics| content)?|more on this|more (?:from|stories|about)|"
    r"see also|lire aussi|à lire aussi|"
    r"lee también|leggi anche|lees ook|les også|läs också|weiterführende (?:links|informationen)|"
    r"ähnliche artikel|empfehlungen der redaktion|"
    r"meistgelesen|most read|recommended|dazu passend|hintergrund zum thema|hier (?:lesen|geht es)|"
    r"zum artikel|anzeige|werbung|advertisement|"
    r"sponsored|don't miss|must read|in case you missed)\b.{0,160}$",
    re.IGNORECASE,
)
NAME = r"[A-ZÄÖÜÀ-Þ][\w.'’-]+"
GENRE = (
    r"(?i:(?:gast|meinungs)?(?:kolumne|kommentar|glosse|leitartikel|beitrag|essay|analyse|reportage|porträt|"
    r"rezension|kritik|bericht)|opinion|column|analysis|review|commentary|guest essay)"
)
# Who wrote it and when, how long it takes to read.
BYLINE = re.compile(
    rf"^[-•|\s]*(?:(?:(?i:eine?|an?)\s+)?(?:{GENRE}\s+)?(?i:von|by|par|por|di|text|fotos?)\s*:?\s+{NAME}(?:,?\s+(?:(?:und|and|et|y|von|de|van|"
    rf"der)\s+)*{NAME}){{0,9}}"
    r"(?:,\s*(?:dpa|afp|epd|kna|sid)|\s*\([a-zäöü]{2,4}\))?|"
    r"(?i:stand|veröffentlicht|published|updated|-?\s?aktualisiert|erstellt|last updated|posted|erschienen|"
    r"letzte (?:änderung|aktualisierung))"
    r"\b[^.!?]{0,40}\d[^!?]{0,30}|-?(?i:aktualisiert|veröffentlicht|published|updated)(?: am| on)?\s*:?|"
    r"(?:[^\W\d_]+,?\s+)?\d{1,2}\.\s?(?:\d{1,2}\.|"
    r"[^\W\d_]+)\s?\d{4}(?:[\s,|–-]*\d{1,2}[:.]\d{2}(?:\s*[Uu]hr)?)?|"
    r"(?:[^\W\d_]+ ){1,4}[·|•]\s*\d+\s*[Mm]in(?:uten|utes|s|\.)?(?:\s*[Ll]ese(?:zeit|dauer)|\s*read)?\.?|"
    r"(?i:lesezeit|lesedauer|reading time|read time|tempo de leitura|tiempo de lectura|temps de lecture|"
    r"tempo di lettura)\s*:?\s*(?:ca\.?\s*)?\d+\s*[Mm]in\w*\.?|"
    r"(?:ca\.?\s*)?\d+\s*[Mm]in(?:uten|utes|ute|ute[nr]|s|\.)?(?:\s*(?:[Ll]esezeit|[Ll]esedauer|read|"
    r"zu lesen))?\.?|(?i:admin user(?:\W+\d+\s*min\w*\.?)?)|"
    r"(?:[a-zäöü]{2,4}|[A-Z]{2,5})/(?:[a-zäöü]{2,4}|[A-Z]{2,5}))$"
)
# Who else worked on it, and where it comes from.
STAFF = re.compile(
    r"^[(\s]*(?:(?:schluss|bild)?redaktion|faktencheck|übersetzung|bearbeitung|mitarbeit|audioversion|"
    r"aus dem \w+ (?:von|übersetzt)|mit (?:material|agenturmaterial)|"
    r"(?:additional )?reporting by|edited by|editing by|translated by|written by|compiled by|"
    r"with (?:post wires|agencies|agency)|source|quelle|fuente|kilde|"
    r"filed under|tags?|schlagwörter|themen)\b\s*(?:und \w+\s*)?(?::|\.|by|von|[A-ZÄÖÜ]).{0,200}$|"
    r"^[^.!?]{0,200}\bcontributed to this (?:report|story|article)\.?\)?$",
    re.IGNORECASE,
)
# Names of boxes, and what a page says about itself and not about the world.
FURNITURE = re.compile(
    r"^(?:kommentare?|comments?|tags?|schlagwörter|themen|autor(?:in)?|die autorin|der autor|"
    r"über (?:den autor|die autorin)|about the author|hinweis|"
    r"link (?:zum|zur) [\w-]+(?:-inhalt)?|schwerpunkt|ingelezen|→ .{1,40}|quellen?|mehr|more|all\.{3}|"
    r"advertisement|anzeige|werbung)\s*:?$|"
    r"^(?:fehler (?:gefunden|entdeckt|melden)|haben sie (?:einen )?fehler|wie (?:hat|fanden|"
    r"gefällt) (?:ihnen|sie|dir) d|durchschnittliche bewertung|"
    r"thank you for visiting|you are using a browser|you must (?:confirm|be logged)|please log ?(?:in|out)|"
    r"log in or|enjoying our latest|"
    r"get in touch with our|got a story|do you have a story|for more stories like|more ?:\s*|"
    r"find out more on|diesen artikel (?:teilen|drucken|bewerten)|"
    r"nach oben|zur startseite|zurück zur|back to top|folgst du|follow (?:us|along)|abonniere|melde dich|"
    r"jetzt melden|dieser (?:artikel|text) (?:ist eine übersetzung|erschien))\b.{0,260}$|"
    r"^(?:©|\(c\)|copyright\b)\W{0,3}(?:19|20)\d{2}\b.{0,260}$",
    re.IGNORECASE,
)
# A picture's caption ends in its credit.
CAPTION_END = re.compile(
    r"(?:^|[\s(])(?:Bild|Foto|Photo|Fotos|Bilder|Picture|"
    r"Image)s?\s*(?:credit)?\s*:\s*[A-ZÄÖÜ©][^.!?:]{1,60}\)?$"
)
# What follows an author's name where a box presents the author.
BIOGRAPHY = re.compile(
    r"^\W{0,3}(?:\(\*?\d{4}\)|,? (?:is|was|has|are|makes|covers|writes|works|joined|ist|war|hat|arbeitet|"
    r"schreibt|berichtet|studierte|leitet|lebt|"
    r"wurde|geboren|gehört|est|es|è)\b)",
)
# A year and a time of day in one short line, or two years.
DATE = re.compile(
    r"(?:19|20)\d{2}.*?\d{1,2}[:.h]\d{2}|\d{1,2}[:.h]\d{2}.*?(?:19|20)\d{2}|(?:19|20)\d{2}\D{1,25}(?:19|"
    r"20)\d{2}"
)

# A time of day by itself: the stamp of a ticker's entry.
TIME = re.compile(r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?:\s*(?:Uhr|h|[ap]\.?m\.?))?$", re.IGNORECASE)

# Buttons.
SHARE = re.compile(
    r"^(?:(?:artikel |beitrag |seite |diesen artikel )?(?:teilen|drucken|merken|vorlesen|kommentieren|"
    r"anhören)|share(?: this)?(?: article| story| on \w+)?|"
    r"(?:auf )?(?:facebook|twitter|whatsapp|x|linkedin|xing|pinterest|telegram|e-?mail|instagram|tiktok|"
    r"print|link kopieren|copy link|flipboard|"
    r"threads|bluesky|mastodon|pocket)(?: teilen)?|kommentare?(?: \(?\d+\)?)?|\d+ (?:kommentare?|comments?)|"
    r"follow us.{0,60}|folgen sie uns.{0,80})"
    r"(?:[\s,|·•]+(?:facebook|twitter|whatsapp|x|linkedin|xing|pinterest|telegram|e-?mail|instagram|print|"
    r"teilen|drucken|messenger))*$",
    re.IGNORECASE,
)
# A picture's credit.
CREDIT = re.compile(
    r"^(?:[^.!?]{0,140}?\b)?(?:(?:foto|bild|photo|image|picture|grafik|video|photograph|illustration|"
    r"symbolbild|credit|copyright)s?"
    r"\s*(?:credit|by|quelle)?\s*[:©]|©|\(c\)|\(?(?:foto|bild|photo)s?:)\s*.{1,90}$|"
    r"^[^.!?]{0,90}(?:getty images|shutterstock|picture[- ]alliance|imago(?: images)?|istock(?:photo)?|"
    r"dpa/\w+|adobe ?stock|afp via)[^.!?]{0,40}$",
    re.IGNORECASE,
)
# Placeholders of embedded things, and cookies.
CONSENT = re.compile(
    r"externe[rn]? inhalte?|empfohlener (?:redaktioneller )?inhalt|an dieser stelle (?:finden sie|findest du|"
    r"befindet sich)|"
    r"inhalte? von \w+ (?:anzeigen|laden|zulassen)|drittanbieter|drittplattformen|personenbezogene daten|"
    r"datenschutzerklärung|datenschutzeinstellungen|"
    r"mit (?:einem )?klick .{0,40}(?:anzeigen|laden|stimm)|cookies? (?:akzeptieren|zustimmen|settings|"
    r"policy)|privacy policy|"
    r"accept (?:all )?cookies|(?:enabled?|activated?|turn on|requires?|aktivier\w+|benötigt) javascript|"
    r"javascript (?:is |ist |must |muss )?(?:be |to be )?(?:disabled|enabled|required|turned|not |aktivier|"
    r"deaktivier|erforderlich|nicht |einschalten|zu aktivieren)|"
    r"to view this (?:content|video)|content is not available|"
    r"allow .{0,30}cookies|"
    r"einwilligung|zustimmung (?:zur|für|wird)|third[- ]party content",
    re.IGNORECASE,
)
# Newsletters, subscriptions, donations, apps, channels.
PROMOTION = re.compile(
    r"newsletter|(?:kostenlos|jetzt|hier) (?:abonnieren|anmelden|registrieren|testen|bestellen|spenden|"
    r"unterstützen)|whatsapp[- ]?(?:kanal|channel)|"
    r"unterstützen sie (?:uns|unsere|unabhängigen)|mit ihrer spende|ihre spende|werden sie mitglied|"
    r"jetzt spenden|push-?(?:nachrichten|mitteilungen)|"
    r"sign up (?:for|to)|subscribe (?:to|now|today)|already a subscriber|support (?:our|us|independent)|"
    r"become a (?:member|supporter|subscriber)|"
    r"donate (?:now|today)|(?:laden sie|hol dir|download) .{0,30}\bapp\b|folgen sie .{0,30}\b(?:auf|"
    r"bei) (?:facebook|instagram|google|x|twitter|whatsapp)|"
    r"follow .{0,30}\bon (?:facebook|instagram|google|x|twitter|whatsapp)|all rights reserved|"
    r"alle rechte vorbehalten|有料会員|会員限定|有料記事|"
    r"(?:unabhängige|guter|kritische|freie)\w* journalismus .{0,40}(?:unterstütz|kostet|braucht|ermöglich)|"
    r"hier geht es zum abo|jetzt (?:plus|abo|digital)\b|e-?paper (?:lesen|testen|bestellen)",
    re.IGNORECASE,
)
# The same in words that no story uses.
CONSENT_ALWAYS = re.compile(
    r"(?:an dieser stelle|hier) (?:finden sie|findest du|befindet sich|würden wir|steht|"
    r"wird) .{0,80}externe[rns]? (?:inhalt|medi)|"
    r"dass mir (?:\w+ )?inhalte? (?:von \w+ )?angezeigt|^empfohlener (?:redaktioneller )?inhalt|"
    r"^externe[rn]? inhalte?\b.{0,40}$|"
    r"personenbezogene daten .{0,40}drittplattformen|inhalte? von [\w. ]+ (?:anzeigen|laden|zulassen)$",
    re.IGNORECASE,
)
