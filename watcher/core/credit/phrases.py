"""The table of phrases, by language, with which a text says where it comes from."""
# ruff: noqa: E501 - a table is read across; a pattern broken at 100 is harder to check.

from __future__ import annotations

import re
from dataclasses import dataclass

# What may stand where {n} is written: the name and whatever follows it; reading.py finds its end.
_NAME = r"(?P<n>[^\n]{2,140})"
_EN_PIECE = (
    r"(?:article|story|post|piece|report|essay|commentary|interview|op-ed|column|analysis|content"
    r"|item|feature|editorial|version|text|excerpt|investigation|dispatch|blog)"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to name a source.

    `triggers` are lower-case substrings, one of which must be in the text before `regex` (case
    ignored, group n is the name) is tried. `known` True: only an agency of the table counts, as
    the same words often introduce a person. All repeats are bounded, none nested.
    """

    form: str
    lang: str
    triggers: tuple[str, ...]
    regex: str
    known: bool = False


def _p(form: str, lang: str, triggers: str, regex: str, *, known: bool = False) -> Phrase:
    return Phrase(form, lang, tuple(triggers.split("|")), regex.replace("{n}", _NAME), known)


_PLACE = "{name}"
_LEAST_LETTERS = 6


def own_phrase(template: str) -> Phrase:
    """A phrase that a user adds: "Alun perin julkaistu lehdessä {name}".

    Literal but for {name}, case and the width of spaces. Raises ValueError, with what to write
    instead, for one that names nobody or would be found everywhere.
    """
    before, found, after = template.strip().partition(_PLACE)
    if not found or _PLACE in after:
        raise ValueError(f"write {_PLACE} once, where the name of the source stands")
    literal = max(before, after, key=len).strip()
    if sum(c.isalpha() for c in before + after) < (2 if not literal.isascii() else _LEAST_LETTERS):
        raise ValueError(f"write more words around {_PLACE}: so few stand in any text")
    if len(template) > 200:
        raise ValueError("write at most 200 characters")
    ahead, behind = (r"\s{1,3}".join(map(re.escape, part.split(" "))) for part in (before, after))
    name = _NAME if not after.strip() else r"(?P<n>[^\n]{2,80}?)"
    start = r"(?:^|[.:;(\[。：（]\s{0,2})" if not before.strip() else ""
    return Phrase(
        "original",
        "own",
        (max(literal.split(), key=len).casefold(),),
        f"{start}{ahead}{name}{behind}",
    )


# A language's phrases are tried only where one of these words is in the text: most of the time of a
# look at an English text would go to triggers of twenty other languages.
GATES: dict[str, frozenset[str]] = {
    lang: frozenset(words.split())
    for lang, words in {
        "en": "the this by from with of read contributed republished reprinted originally",
        "fr": "la le les de du cet ce avec par repris publié reproduit paru l'article",
        "de": "der die das dieser dieses diese und mit (mit von zuerst ursprünglich übernommen übernahme",
        "es": "el la los de en con (con este esta publicado tomado",
        "pt": "o de com (com no na do da em publicado republicado este",
        "it": "il la di con (con da su tratto ripreso pubblicato articolo",
        "ca": "publicat originalment",
        "nl": "dit de het van met (met overgenomen",
        "sv": "artikeln texten inlägget",
        "da": "artiklen artikkelen saken denne indlægget teksten med (med",
        "fi": "alun alunperin",
        "pl": "w z na za przez artykuł tekst materiał przedruk",
        "cs": "v z ze s sa na se je článek text převzato prevzato preuzeto",
        "ro": "publicat preluat apărut articolul",
        "hu": "eredetileg első eredeti",
        "tr": "bu ve bir ilk alınmıştır alıntılanmıştır alınmıştır. alıntılanmıştır.",
        "vi": "bài trên",
        "id": "artikel ini disalin",
    }.items()
}
NON_LATIN = frozenset(["ru", "el", "ar", "fa", "he", "zh", "ja", "ko", "hi"])

# fmt: off
PHRASES: tuple[Phrase, ...] = (
    # ---- first published elsewhere
    _p("original", "en", "originally|first appeared|first published|first ran|previously published",
       rf"(?:^[^\w\n]{{0,4}}|[(\[]|\b(?:this|the|an|our|a|full)\s(?:\w{{2,20}}\s){{0,2}}?{_EN_PIECE}\b"
       r"[^.\n]{0,60}?\s)(?:(?:was|were|is|has been|had been|has|and)\s)?(?:originally|first|previously)"
       r"\s(?:published|appeared|posted|printed|ran|written|produced|released)"
       r"(?:\s(?:online|here|in english|today))?,?\s(?:by|in|on|at|for|with|from)\s{n}"),
    _p("original", "en", "appears courtesy|appears here courtesy|appeared originally|published originally",
       r"(?:appears? (?:here )?courtesy of|appeared originally (?:in|on|at)"
       r"|published originally (?:in|on|at|by))\s{n}"),
    _p("original", "en", "read the original|read the full|original article|original story",
       r"(?:read|see|view) the (?:original|full)(?: \w{1,12}){0,2} (?:here )?(?:on|at|in|from)\s{n}"),
    _p("republished", "en", "republish|reprint|re-print|repost|cross-post|crosspost|reproduced|re-publish",
       r"\b(?:re-?published|re-?printed|reproduced|re-?posted|cross-?posted)\b[^.;\n]{0,60}?\b(?:from"
       r"|by (?:kind )?permission of|with (?:the )?(?:kind |full )?permission (?:of|from|by)"
       r"|courtesy of|by arrangement with)\s{n}"),
    _p("republished", "en", "permission of|courtesy of|provided by|supplied by|distributed by|syndicated",
       r"^[^\w\n]{0,4}(?:used |published |posted )?(?:with (?:the )?(?:kind )?permission of|courtesy of"
       r"|(?:content |story |article )?(?:provided by|supplied by|distributed by|syndicated (?:by|from)))"
       r"[\s:]{1,3}{n}", known=True),
    _p("produced", "en", "produced by|provided by|comes from|published by|supplied by|partnership with"
       "|collaboration with|courtesy of|story is from|article is from",
       rf"\bthis (?:\w{{2,20}} )?{_EN_PIECE} (?:was |is |has been |comes )?(?:\w{{2,20}} )?(?:produced by|provided"
       r" by|supplied by|published by|from|courtesy of|(?:\w{2,20} )?in (?:partnership|collaboration)"
       r" with)\s{n}", known=True),
    _p("contributed", "en", "contribut", r"^(?:[^\n]{0,200}?[.;:)]\s)?[^\w\n]{0,4}(?P<n>[^\n;:]{2,180}?)\s(?:also |have |has )?"
       r"contribut(?:ed|ing) (?:\w{2,12} )?to (?:this|the) \w{3,20}", known=True),
    _p("translated", "en", "translated from", r"\btranslated from (?:the )?(?:\w{4,12} (?:of|by|at|in) )?{n}",
       known=True),
    # French
    _p("original", "fr", "source originale|source de cet article|version originale",
       r"\b(?:la )?source (?:originale|premi[eè]re)?\s?de (?:cet article|ce texte) (?:est|:)\s{n}"),
    _p("original", "fr", "publié|publie |paru |parue |article original",
       r"\b(?:(?:cet|l['’]) ?article|ce texte|cette tribune|ce reportage|cette analyse)\b[^.\n]{0,50}?"
       r"\b(?:publi[eé]e?|parue?)\b[^.\n]{0,30}?\s(?:par|sur|dans|chez)\s{n}"),
    _p("original", "fr", "article original|texte original|publi|paru ",
       r"^[^\w\n]{0,4}(?:lire )?(?:l['’])?(?:(?:article|texte) original|initialement publi[eé]|publi[eé] "
       r"(?:initialement|d['’]abord)|paru (?:initialement|d['’]abord))\b[^.\n]{0,20}?\s?"
       r"(?:par|sur|dans|:)\s{n}"),
    _p("republished", "fr", "repris d|republi|reproduit|aimable autorisation",
       r"\b(?:repris[e]? (?:de|du|d['’])|republi[eé]e?[^.\n]{0,40}? (?:de|du|par)|reproduite?[^.\n]{0,40}?"
       r" (?:de|du)|aimable autorisation (?:de|du|d['’]))\s?{n}"),
    # German
    _p("original", "de", "erschien|veröffentlicht|original",
       r"(?:\b(?:dieser|der|dieses|das|diese)\s(?:\w{2,20}\s)?(?:artikel|text|beitrag|kommentar|interview"
       r"|bericht|essay)\b[^.\n]{0,50}?|^[^\w\n]{0,4})(?:zuerst|ursprünglich|erstmals|im original)\s"
       r"(?:\w{2,20}\s){0,2}?(?:(?:erschienen|veröffentlicht|publiziert)\s)?(?:in|im|auf|bei|beim|von|vom|am)\s{n}"),
    _p("republished", "de", "genehmigung|übernommen|übernahme",
       r"\b(?:mit (?:freundlicher )?genehmigung (?:von|des|der|vom)|übernommen (?:von|aus)|übernahme von)\s{n}"),
    # Spanish, Portuguese, Italian, Catalan
    _p("original", "es", "originalmente|publicado en|publicó en|apareció",
       r"\b(?:publicad[oa] (?:originalmente|por primera vez|inicialmente)|originalmente (?:publicad[oa]"
       r"|apareci[óo])|apareci[óo] (?:originalmente|por primera vez))\s(?:en|por)\s{n}"),
    _p("original", "es", "este artículo|esta nota|este texto|esta historia",
       r"\b(?:este (?:artículo|texto|reportaje)|esta (?:nota|historia))\s(?:fue|se|ha sido)\s(?:\w{2,15}\s)?"
       r"(?:publicad[oa]|publicó)\s(?:originalmente\s)?(?:en|por)\s{n}"),
    _p("republished", "es", "tomado de|reproducid|republicad|cortesía de|autorización de",
       r"(?:^[^\w\n]{0,4}tomad[oa] de|\b(?:reproducid|republicad)[oa][^.\n]{0,40}?\s(?:de|por)"
       r"|cortesía de|con (?:la )?autorización de)\s{n}"),
    _p("original", "pt", "originalmente|publicado no|publicado na|publicado em",
       r"\b(?:publicad[oa] (?:originalmente|originariamente|primeiro)|originalmente publicad[oa])\s"
       r"(?:em|no|na|pel[oa]|por)\s{n}"),
    _p("republished", "pt", "republicad|reproduzid|reprodução",
       r"\b(?:(?:republicad|reproduzid)[oa][^.\n]{0,40}?\s(?:d[eoa]|com autorização d[eoa]))\s{n}"),
    _p("original", "it", "pubblicat|articolo originale|apparso",
       r"\b(?:pubblicat[oa] (?:originariamente|originalmente|per la prima volta|inizialmente)"
       r"|(?:originariamente|originalmente) (?:pubblicat[oa]|apparso))\s(?:su|sul|sulla|da|dal|dalla|in|ne)\s{n}"),
    _p("republished", "it", "tratto da|ripreso da|per gentile concessione|ripubblicat",
       r"(?:^[^\w\n]{0,4}(?:tratto|ripreso) da|per gentile concessione di|ripubblicat[oa][^.\n]{0,30}? da)\s{n}"),
    _p("original", "ca", "publicat original|originalment",
       r"\b(?:publicat originalment|originalment publicat)\s(?:a|al|per|en)\s{n}"),
    # Dutch and the Nordic languages
    _p("original", "nl", "verscheen|verschenen|gepubliceerd",
       r"\bdit (?:artikel|stuk|verhaal|bericht|opiniestuk)\s(?:\w{2,15}\s){0,2}?(?:verscheen|verschenen"
       r"|gepubliceerd)?\s?(?:\w{2,15}\s){0,2}?(?:in|op|bij|door)\s{n}"),
    _p("republished", "nl", "toestemming van|overgenomen",
       r"\b(?:met toestemming van|overgenomen (?:van|uit))\s{n}"),
    _p("original", "sv", "publicer", r"\b(?:artikeln|texten|inlägget)\s(?:\w{2,15}\s){0,2}?publicera(?:des|ts|t|d)\s"
       r"(?:\w{2,15}\s){0,2}?(?:i|på|av|hos)\s{n}"),
    _p("original", "da", "artiklen|artikkelen|saken",
       r"\b(?:artiklen|artikkelen|saken|denne artikel|indlægget|teksten)\s(?:\w{2,15}\s){1,3}?(?:bragt|publiceret"
       r"|udgivet|publisert|trykt|offentliggjort)\s(?:\w{2,15}\s){0,2}?(?:i|på|af|av|hos)\s{n}"),
    _p("original", "fi", "alun perin", r"\balun ?perin (?:julkaistu |julkaissut |julkaisi )?{n}"),
    # Polish, Czech, Slovak, south Slavic
    _p("original", "pl", "pierwotnie|oryginalnie|ukazał",
       r"\b(?:artykuł|tekst|materiał)\b[^.\n]{0,40}?\b(?:pierwotnie|oryginalnie|ukazał się)\s(?:\w{3,20}\s){0,2}?"
       r"(?:w|na|przez)\s{n}"),
    _p("republished", "pl", "przedruk|za zgodą|za portalem|za agencją",
       r"(?:\bprzedruk z(?:a)?|za zgodą|za portalem)\s{n}"),
    _p("original", "cs", "původně|poprvé|pôvodne",
       r"\b(?:článek|text|komentář|článok)\b[^.\n]{0,40}?\b(?:původně|poprvé|pôvodne|prvýkrát)\s"
       r"(?:\w{3,20}\s){0,2}?(?:v|na|ve|serverem|webem)\s{n}"),
    _p("republished", "cs", "převzato|prevzato|preuzeto|převzat|prevzaté|преузето",
       r"\b(?:převzato|převzat|prevzaté|prevzato|preuzeto|преузето)\s(?:z|ze|s|sa|iz|od|са|из|од)\s{n}"),
    # Russian, Ukrainian, Bulgarian
    _p("original", "ru", "впервые опубликован|оригинал|первоначально|опубликован|вперше|оригінал",
       r"(?:впервые опубликован\w{0,3}|первоначально опубликован\w{0,3}|оригинал (?:статьи|материала|текста)?"
       r"\s?(?:опубликован\s)?|(?:статья|материал|текст) опубликован\w{0,3}|вперше опубліковано"
       r"|оригінал (?:статті|матеріалу)?\s?)\s?(?:в|на|у|на сайте|изданием)\s{n}"),
    _p("republished", "ru", "перепечат|передрук|с разрешения|по материалам|за матеріалами|препечат|по данным издания",
       r"(?:перепечат\w{2,6}\s(?:из|с|с сайта)|передрук\w{0,6}\s(?:з|із)|с разрешения|по материалам"
       r"|за матеріалами|препечатано от)\s{n}"),
    # Romanian, Hungarian, Greek, Turkish, Albanian
    _p("original", "ro", "publicat inițial|publicat initial|original|preluat|apărut",
       r"(?:publicat (?:inițial|initial|original|prima dată)\s(?:în|in|pe|de)|preluat (?:de pe|de la|din)"
       r"|apărut (?:inițial|prima dată)\s(?:în|pe))\s{n}"),
    _p("original", "hu", "eredetileg|első megjelenés|eredeti cikk",
       r"(?:eredetileg (?:megjelent|itt jelent meg)|első megjelenés|eredeti cikk)\s?[:,]?\s{n}"),
    _p("republished", "el", "αναδημοσίευση|πρώτη δημοσίευση|πρωτοδημοσιεύ",
       r"(?:αναδημοσίευση από|πρώτη δημοσίευση|πρωτοδημοσιεύτηκε|πρωτοδημοσιεύθηκε)\s?:?\s?"
       r"(?:(?:στο|στην|στη|στον|το|την|τη|τον)\s)?{n}"),
    _p("original", "tr", "yayımlan|yayınlan|alınmıştır|alıntı",
       r"(?:ilk (?:olarak|kez)\s(?P<n>[^\n.']{2,60}?)['’](?:de|da|te|ta|nde|nda)\s(?:yayımlan|yayınlan))"),
    _p("republished", "tr", "alınmıştır|alıntılanmıştır",
       r"(?:bu (?:haber|yazı|makale)\s|^|[.:]\s)(?P<n>[^\n.']{2,60}?)['’](?:den|dan|ten|tan|nden|ndan)\s"
       r"(?:alınmıştır|alıntılanmıştır)"),
    # Arabic, Persian, Hebrew, Urdu
    _p("original", "ar", "نشر هذا|نُشر هذا|نشرت هذه|نشر المقال|المقال الأصلي",
       r"(?:ن[ُ]?شرت? (?:هذا|هذه|المقال)\s?(?:المقال|المقالة|التقرير|النص)?\s?(?:أولا|أولاً|لأول مرة|للمرة الأولى|أصلا)?"
       r"\s?(?:في|على|عبر))\s(?:موقع |صحيفة |مجلة )?(?P<n>[^\n.،,()]{2,40})"),
    _p("republished", "ar", "نقلا عن|نقلاً عن",
       r"^[^\w\n]{0,4}نقلا?[اً]{0,2} عن[\s:]{1,3}(?:موقع |صحيفة |مجلة )?(?P<n>[^\n.،,()]{2,40})"),
    _p("republished", "fa", "به نقل از|برگرفته از|منتشر شده در",
       r"(?:^[^\w\n]{0,4}(?:به نقل از|برگرفته از)|نخستین بار در)\s(?P<n>[^\n.،,():]{2,40})"),
    _p("original", "he", "פורסם לראשונה|פורסם במקור|הכתבה המקורית",
       r"(?:פורסם(?:ה)? (?:לראשונה|במקור))\s(?:ב-|באתר |ב)?(?P<n>[^\n.,()]{2,40})"),
    # Chinese, Japanese, Korean
    _p("republished", "zh", "转载自|轉載自|转自|轉自|摘自|原载于|原載於|原刊于|首发于|首發於|原文刊",
       r"(?:转载自|轉載自|转自|轉自|摘自|原载于|原載於|原载|原刊于|首发于|首發於|原文刊[于於])[\s:：]{0,2}[《「『“\"]?"
       r"(?P<n>[^\n\s，。、；;（()）《》」』”\"|,]{2,30})"),
    _p("republished", "ja", "より転載|から転載|の提供|初出|より引用|からの転載|に掲載された",
       r"(?P<n>[^\s\n。、，（()）「」『』：:]{2,30}?)[」』]?(?:より転載|から転載|からの転載|より引用|の提供)"),
    _p("original", "ja", "初出|この記事は", r"(?:初出[\s:：]{1,2}[「『]?|この記事は[「『]?)(?P<n>[^\s\n。、，（()）「」『』]{2,30}?)"
       r"[」』]?(?:$|[\s。、，（(]|に(?:最初に|初めて)?掲載)"),
    _p("original", "ko", "처음 게재|처음 실린|최초로 게재|에서 전재|제공한 기사|원문은",
       r"(?:이 (?:기사|글)는|원문은)\s(?P<n>[^\n.,()]{2,30}?)(?:에|에서)\s(?:처음|최초로|먼저)\s(?:게재|실린|보도)"),
    # Hindi, Vietnamese, Indonesian, Thai
    _p("original", "hi", "मूल रूप से|से साभार|पहली बार",
       r"(?:यह (?:लेख|रिपोर्ट|खबर)\s(?:मूल रूप से|पहली बार|सबसे पहले)\s(?P<n>[^\n।,()]{2,40}?)\s(?:पर|में|द्वारा)\s)"),
    _p("republished", "hi", "से साभार|साभार", r"(?:^[^\w\n]{0,4}साभार\s?[:-]?\s?(?P<n>[^\n।,()]{2,40}))"),
    _p("original", "vi", "đăng lần đầu|đăng trên|nguyên bản",
       r"(?:bài (?:viết|báo)[^.\n]{0,30}?\sđăng (?:lần đầu )?(?:trên|tại|bởi))\s{n}"),
    _p("original", "id", "pertama kali|diterbitkan|dikutip dari|telah tayang|artikel asli",
       r"(?:artikel ini\s(?:\w{3,15}\s){0,3}?(?:diterbitkan|tayang|terbit|dimuat)\s(?:pertama kali\s)?"
       r"(?:di|oleh)|disalin dari)\s{n}"),
    # ---- "with material from"
    _p("with", "en", "with |writers|reporting",
       r"(?:^|[(\[]|[.;—–-]\s)(?:additional |more |some )?(?:with |reporting )(?:(?:additional |further )?(?:reporting|reports?|inputs?"
       r"|files?|information|material|agenc(?:y|ies)|assistance)\s(?:from|by)\s|from |by )?{n}", known=True),
    _p("with", "fr", "avec ", r"\bavec (?:les? )?(?:agences?|dépêches?|informations?)?\s?(?:de |d['’])?{n}", known=True),
    _p("with", "de", "mit |material", r"\bmit (?:material|agenturmaterial|agenturen|informationen)?\s?(?:von |der |des )?{n}",
       known=True),
    _p("with", "es", "con información|con informaciones|con datos|con reporte|con informacion|con ",
       r"\bcon (?:información|informacion|informaciones|datos|reportes?|material)?\s?(?:de |del )?{n}", known=True),
    _p("with", "pt", "com informações|com agência|com agências|com informação|com ",
       r"\bcom (?:informações|informação|agências?|material)?\s?(?:d[eao]s? )?{n}", known=True),
    _p("with", "it", "con informazioni|con fonte|con ", r"\bcon (?:informazioni|materiale|fonti)?\s?(?:d[ia]|dell['’])?\s?{n}",
       known=True),
    _p("with", "nl", "met informatie|met medewerking|met ", r"\bmet (?:informatie|medewerking|materiaal)?\s?(?:van )?{n}",
       known=True),
    _p("with", "cs", "s využitím|s použitím|s přispěním", r"\bs (?:využitím|použitím|přispěním)\s(?:agentury |materiálů )?{n}",
       known=True),
    _p("with", "pl", "na podstawie|za pap|wykorzystan", r"\b(?:na podstawie|z wykorzystaniem|za)\s(?:depesz |materiałów )?{n}",
       known=True),
    _p("with", "da", "med materiale|med bidrag|med ", r"\bmed (?:materiale|bidrag|material)\s(?:fra |från )?{n}", known=True),
)
# fmt: on
