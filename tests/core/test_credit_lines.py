"""Lines around a text that credit someone, in many languages and scripts; all are made up."""

# ruff: noqa: E501 - a table is read across.

from __future__ import annotations

import pytest

from watcher.core.credit import Own, find

OWN = Own(("Harbour Daily", "HarbourDaily"), ("harbour.example",))
# Prose that credits nobody, to stand around a line; long enough that nothing of it is a label.
PROSE = "\n".join(
    f"The council of the small town met for the {n} time this week and agreed that the old bridge over the river should be closed to heavy lorries until spring."
    for n in ("first", "second", "third", "fourth", "fifth", "sixth")
)

# Lines above, below or outside the body: the credits that each must give, in order.
LINES = [
    # bylines
    ("By Jane Roe, Reuters", [("Reuters", "byline")]),
    ("By JANE ROE Associated Press", [("AP", "byline")]),
    ("By Jane Roe and John Doe, AP Diplomatic Writer", [("AP", "byline")]),
    ("By The Associated Press", [("AP", "byline")]),
    ("Jane Roe, John Doe and Ann Poe, Associated Press", [("AP", "byline")]),
    ("Von Jane Roe und John Doe, dpa", [("dpa", "byline")]),
    ("Par Le Quotidien et AFP", [("AFP", "byline")]),
    ("Por Agencia EFE", [("EFE", "byline")]),
    ("Di Redazione ANSA", [("ANSA", "byline")]),
    ("Door ANP", [("ANP", "byline")]),
    ("Oleh Antara", [("Antara", "byline")]),
    ("Autor: PAP", [("PAP", "byline")]),
    ("Автор: ТАСС", [("TASS", "byline")]),
    ("Associated Press", [("AP", "line")]),
    ("Agence France-Presse", [("AFP", "line")]),
    ("By Jane Roe, a former Reuters reporter who now lives by the lake", []),
    ("Ann Poe, AP", []),
    ("Associated Press Sunday, July 15, 2018", [("AP", "line")]),
    ("AFP, 5 mars 2016", [("AFP", "line")]),
    # photo credits and captions
    ("REUTERS / POOL", []),
    ("Photo: AFP", []),
    ("Foto: dpa", []),
    ("SPUTNIK/REUTERS", []),
    ("Bild: Jane Roe / dpa", []),
    ("© REUTERS / Jane Roe", []),
    ("© AFP 2016 / Jane Roe", []),
    ("Crédit photo : AFP", []),
    ("Фото: РИА Новости", []),
    ("图片来源：新华社照片", []),
    # labels
    ("Source: Alalam", [("Alalam", "source")]),
    ("Source: Lac-Presse, 18 September 2016", [("Lac-Presse", "source")]),
    ("Source: https://lake.example/news/ferry", [("lake.example", "source")]),
    ("Source : AFP", [("AFP", "source")]),
    ("Source: Tarsovan Press Agency (TARPA)", [("Tarsovan Press Agency", "source")]),
    ("Source : Agence de presse du Lac (APL), 3 mars", [("Agence de presse du Lac", "source")]),
    ("Source: Lake Herald (online edition)", [("Lake Herald", "source")]),
    ("Sources: AFP, Reuters", [("AFP", "source"), ("Reuters", "source")]),
    ("(Source: The Lake Herald)", [("The Lake Herald", "source")]),
    ("Via: The Lake Herald", [("The Lake Herald", "source")]),
    ("Quelle: ntv.de, mli/dpa", [("dpa", "source")]),
    ("Quelle: Seebote", [("Seebote", "source")]),
    ("Quelle: taz", [("taz", "source")]),
    ("Fuente: EFE", [("EFE", "source")]),
    ("Fuente: El Diario del Lago", [("El Diario del Lago", "source")]),
    ("Fonte: Lusa", [("Lusa", "source")]),
    ("Fonte: ANSA", [("ANSA", "source")]),
    ("Bron: ANP", [("ANP", "source")]),
    ("Źródło: PAP", [("PAP", "source")]),
    ("Zdroj: ČTK", [("CTK", "source")]),
    ("Источник: РИА Новости", [("RIA Novosti", "source")]),
    ("Источник: Озёрный вестник", [("Озёрный вестник", "source")]),
    ("Джерело: Укрінформ", [("Ukrinform", "source")]),
    ("Извор: Танјуг", [("Tanjug", "source")]),
    ("Kaynak: Anadolu Ajansı", [("Anadolu", "source")]),
    ("Kaynak: İHA", [("IHA", "source")]),
    ("Πηγή: ΑΠΕ-ΜΠΕ", [("ANA-MPA", "source")]),
    ("المصدر: رويترز", [("Reuters", "source")]),
    ("المصدر: صحيفة البحيرة", [("صحيفة البحيرة", "source")]),
    ("منبع: خبرگزاری فارس", [("FNA", "source")]),
    ("מקור: רויטרס", [("Reuters", "source")]),
    ("来源：新华社", [("Xinhua", "source")]),
    ("来源：湖滨日报", [("湖滨日报", "source")]),
    ("來源：中央社", [("CNA", "source")]),
    ("出典：共同通信", [("Kyodo", "source")]),
    ("출처: 연합뉴스", [("Yonhap", "source")]),
    ("स्रोत: पीटीआई", [("PTI", "source")]),
    ("Nguồn: TTXVN", [("VNA", "source")]),
    ("Sumber: Antara News", [("Antara", "source")]),
    ("ที่มา: สำนักข่าวไทย", [("TNA", "source")]),
    ("Källa: TT", [("TT", "source")]),
    ("Kilde: Ritzau", [("Ritzau", "source")]),
    ("Kilde: NTB", [("NTB", "source")]),
    ("Lähde: STT", [("STT", "source")]),
    ("Sursa: Agerpres", [("Agerpres", "source")]),
    ("Forrás: MTI", [("MTI", "source")]),
    ("Source: Harbour Daily", []),
    ("Source: www.harbour.example", []),
    ("Sources: Ferry Census Bureau, Associated Press, Lake Institute analysis", []),
    # first published elsewhere
    (
        "This article was originally published by The Lake Herald.",
        [("The Lake Herald", "original")],
    ),
    (
        "This article was originally published on The Lake Herald and is used here with thanks.",
        [("The Lake Herald", "original")],
    ),
    ("This article first appeared in Ferry Times.", [("Ferry Times", "original")]),
    ("This story was first published on lake.example.", [("lake.example", "original")]),
    ("Originally published in Ferry Times on 5 March 2016", [("Ferry Times", "original")]),
    ("This article was originally published on March 5, 2016.", []),
    (
        "This article was originally published on The Conversation. Read the original article.",
        [("The Conversation", "original")],
    ),
    (
        "This article is republished from The Conversation under a Creative Commons license.",
        [("The Conversation", "republished")],
    ),
    ("Republished with permission from The Lake Herald.", [("The Lake Herald", "republished")]),
    ("Reprinted with the kind permission of Ferry Times", [("Ferry Times", "republished")]),
    ("This story was produced by ProPublica.", [("ProPublica", "produced")]),
    ("This story was produced by Jane Roe.", []),
    ("This story comes from Kaiser Health News, a newsroom.", [("Kaiser Health News", "produced")]),
    ("This material may not be published, broadcast, rewritten or redistributed.", []),
    ("No part of this page may be republished without permission from The Lake Herald.", []),
    ("La source originale de cet article est Lac-Presse", [("Lac-Presse", "original")]),
    (
        "La source originale de cet article est [Lac-Presse](https://lake.example/x)",
        [("Lac-Presse", "original")],
    ),
    (
        "Cet article a été publié initialement par Le Courrier du Lac.",
        [("Le Courrier du Lac", "original")],
    ),
    ("Lire l'article original sur Le Courrier du Lac", [("Le Courrier du Lac", "original")]),
    ("Traduit de l'anglais. [Lire l'article original](https://lake.example/x)", []),
    ("Dieser Artikel erschien zuerst in der Zeitung Seebote.", [("Seebote", "original")]),
    (
        "Dieser Beitrag wurde zuerst auf netzsee.example veröffentlicht.",
        [("netzsee.example", "original")],
    ),
    ("Mit freundlicher Genehmigung von Seebote", [("Seebote", "republished")]),
    ("Publicado originalmente en El Diario del Lago", [("El Diario del Lago", "original")]),
    (
        "Este artículo fue publicado originalmente en El Diario del Lago.",
        [("El Diario del Lago", "original")],
    ),
    ("Publicado originalmente no Jornal do Lago.", [("Jornal do Lago", "original")]),
    ("Pubblicato originariamente su Il Giornale del Lago", [("Il Giornale del Lago", "original")]),
    ("Dit artikel verscheen eerder in De Meerbode.", [("De Meerbode", "original")]),
    ("Artykuł ukazał się pierwotnie w Gazecie Jeziornej", [("Gazecie Jeziornej", "original")]),
    ("Článek původně vyšel v „Jezerním listu“", [("Jezerním listu", "original")]),
    ("Впервые опубликовано в «Озёрном вестнике»", [("Озёрном вестнике", "original")]),
    ("Bu haber Göl Gazetesi'nden alınmıştır.", [("Göl Gazetesi", "republished")]),
    ("Αναδημοσίευση από την Εφημερίδα της Λίμνης", [("Εφημερίδα της Λίμνης", "republished")]),
    ("نشر هذا المقال لأول مرة في صحيفة البحيرة", [("البحيرة", "original")]),
    ("به نقل از روزنامه دریاچه", [("روزنامه دریاچه", "republished")]),
    ("本文转载自《湖滨日报》", [("湖滨日报", "republished")]),
    ("湖の新聞より転載", [("湖の新聞", "republished")]),
    ("Artikeln publicerades först i Sjöbladet.", [("Sjöbladet", "original")]),
    ("Artiklen er oprindeligt bragt i Søbladet.", [("Søbladet", "original")]),
    ("Articolul a fost publicat inițial în Ziarul Lacului.", [("Ziarul Lacului", "original")]),
    ("Bài viết được đăng lần đầu trên Báo Hồ", [("Báo Hồ", "original")]),
    # with material from
    (
        "(Con información de AFP, EFE y Reuters)",
        [("AFP", "with"), ("EFE", "with"), ("Reuters", "with")],
    ),
    ("Le Quotidien avec AFP", [("AFP", "with")]),
    ("Mit Material von dpa und AFP", [("dpa", "with"), ("AFP", "with")]),
    ("(mit dpa)", [("dpa", "with")]),
    ("Com informações da Lusa", [("Lusa", "with")]),
    ("(With inputs from PTI)", [("PTI", "with")]),
    ("With reporting by Reuters", [("Reuters", "with")]),
    ("The Associated Press contributed to this report.", [("AP", "contributed")]),
    (
        "Associated Press writers Jane Roe in Oslo and John Doe in Rome contributed to this report.",
        [("AP", "contributed")],
    ),
    ("(Reporting by Jane Roe; Editing by John Doe)", [("Reuters", "reporting-by")]),
    (
        "(Additional reporting by Jane Roe in Rome; Writing by Ann Poe; Editing by John Doe)",
        [("Reuters", "reporting-by")],
    ),
    ("(Reporte de Jane Roe. Editado por John Doe)", [("Reuters", "reporting-by")]),
    # copyright
    (
        "Copyright 2018 The Associated Press. All rights reserved. This material may not be published.",
        [("AP", "copyright")],
    ),
    ("© 2016 AFP", [("AFP", "copyright")]),
    (
        "Copyright © [Alalam](#), [Lac-Presse](#), 2016",
        [("Alalam", "copyright-holder"), ("Lac-Presse", "copyright-holder")],
    ),
    ("© 2016 Lake Herald Ltd. All rights reserved.", [("Lake Herald", "copyright-holder")]),
    ("© 2016 Harbour Daily", []),
    ("Copyright infringement is a matter for the courts, the ferry company said.", []),
]


def _listed_people(row: tuple[str, list[tuple[str, str]]]) -> bool:
    """Several names and an agency without a "By": a byline above or beside a text, not below it."""
    line, wanted = row
    return line[:3] not in ("By ", "Von", "Par") and ("AP", "byline") in wanted


@pytest.mark.parametrize(("line", "wanted"), [row for row in LINES if not _listed_people(row)])
def test_below_the_text(line: str, wanted: list[tuple[str, str]]) -> None:
    found = find(title="Ferry", text=f"{PROSE}\n{line}", own=OWN)
    assert [(c.agent, c.form) for c in found] == wanted
    assert all(c.words in line for c in found)


@pytest.mark.parametrize(("line", "wanted"), [row for row in LINES if not _listed_people(row)])
def test_outside_the_text(line: str, wanted: list[tuple[str, str]]) -> None:
    found = find(title="Ferry", text=PROSE, edges=[line], own=OWN)
    assert [(c.agent, c.form) for c in found] == wanted
    assert all(c.words in line for c in found)


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_above_the_text(line: str, wanted: list[tuple[str, str]]) -> None:
    found = find(title="Ferry", text=f"{line}\n{PROSE}\n{PROSE}", own=OWN)
    assert [(c.agent, c.form) for c in found] == wanted
    assert all(c.words in line for c in found)
