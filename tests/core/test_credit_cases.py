"""Datelines, sign-offs and attributions in many languages and scripts; all texts are made up."""

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

# Openings of a text: whom each names as its dateline.
DATELINES = [
    ("HELSINKI (AP) — Two ministers met on Monday to talk about the ferry line.", "AP"),
    ("BRUSSELS, July 13 (Reuters) - Two ministers met on Monday to talk about ferries.", "Reuters"),
    ("GLASGOW, Scotland (AP) — Two ministers met on Monday to talk about the ferry.", "AP"),
    (
        "(Reuters) - Two ministers met on Monday to talk about the ferry line, aides said.",
        "Reuters",
    ),
    ("BEIJING, March 5 (Xinhua) -- Two ministers met on Monday to talk about ferries.", "Xinhua"),
    ("NEW DELHI: (PTI) Two ministers met on Monday to talk about the ferry line to come.", "PTI"),
    ("New Delhi, Mar 5 (IANS) Two ministers met on Monday to talk about the ferry line.", "IANS"),
    ("KUALA LUMPUR, March 5 (Bernama) -- Two ministers met on Monday about the ferry.", "Bernama"),
    ("DAMASCUS, (SANA) - Two ministers met on Monday to talk about the ferry line.", "SANA"),
    ("TEHRAN (FNA)- Two ministers met on Monday to talk about the ferry line, aides said.", "FNA"),
    ("SYDNEY (AAP) - Two ministers met on Monday to talk about the ferry line, aides said.", "AAP"),
    ("ACCRA, March 5 (GNA) - Two ministers met on Monday to talk about the ferry line.", "GNA"),
    (
        "LONDON (Thomson Reuters Foundation) - Two ministers met to talk about the ferry.",
        "Thomson Reuters Foundation",
    ),
    ("MOSCOW, March 5. /TASS/. Two ministers met on Monday to talk about the ferry line.", "TASS"),
    ("The Associated Press — Two ministers met on Monday to talk about the ferry line.", "AP"),
    ("Berlin (dpa) - Zwei Minister haben am Montag über die Fähre gesprochen, hieß es.", "dpa"),
    ("Hamburg (dpa/lno) - Zwei Minister haben am Montag über die Fähre gesprochen.", "dpa"),
    ("Wien (APA) - Zwei Minister haben am Montag über die neue Fähre gesprochen.", "APA"),
    ("PARIS (AFP) - Deux ministres ont parlé lundi de la ligne de ferry, dit-on.", "AFP"),
    ("Bruxelles, 5 mars 2016 (Belga) - Deux ministres ont parlé lundi du ferry du lac.", "Belga"),
    ("ALGER (APS) - Deux ministres ont parlé lundi de la ligne de ferry du grand lac.", "APS"),
    ("Rabat (MAP) – Deux ministres ont parlé lundi de la ligne de ferry du grand lac.", "MAP"),
    ("AFP - Deux ministres ont parlé lundi de la ligne de ferry qui relie les deux rives.", "AFP"),
    ("Madrid, 5 mar (EFE).- Dos ministros hablaron el lunes sobre la línea del ferry.", "EFE"),
    (
        "MADRID 5 Mar. (EUROPA PRESS) - Dos ministros hablaron el lunes sobre el ferry.",
        "Europa Press",
    ),
    ("Lisboa, 05 mar 2016 (Lusa) - Dois ministros falaram na segunda-feira da balsa.", "Lusa"),
    ("ROMA (ANSA) - Due ministri hanno parlato lunedì della linea dei traghetti nuovi.", "ANSA"),
    ("(ANSA) - ROMA, 5 MAR - Due ministri hanno parlato lunedì della linea dei traghetti.", "ANSA"),
    ("PRAHA (ČTK) – Dva ministři v pondělí mluvili o přívozu přes velké jezero.", "CTK"),
    ("Warszawa (PAP) - Dwaj ministrowie rozmawiali w poniedziałek o promie na jeziorze.", "PAP"),
    ("Budapest, 2016. március 5., szombat (MTI) - Két miniszter tárgyalt a kompról.", "MTI"),
    ("ZAGREB, 5. ožujka (Hina) - Dva ministra razgovarala su o trajektu na jezeru.", "HINA"),
    ("BEOGRAD (Tanjug) - Dva ministra razgovarala su u ponedeljak o trajektu na jezeru.", "Tanjug"),
    ("МОСКВА, 5 марта. /ТАСС/. Два министра обсудили в понедельник паромную линию.", "TASS"),
    (
        "МОСКВА, 5 мар - РИА Новости. Два министра обсудили в понедельник паромную линию.",
        "RIA Novosti",
    ),
    (
        "Москва. 5 марта. INTERFAX.RU - Два министра обсудили в понедельник паромную линию.",
        "Interfax",
    ),
    ("КИЇВ. 5 березня. УНН. Два міністри обговорили в понеділок поромну лінію озера.", None),
    ("София (БТА) - Двама министри обсъдиха в понеделник ферибота през езерото днес.", "BTA"),
    ("ANKARA (AA) - İki bakan pazartesi günü göldeki feribot hattını konuştu denildi.", "Anadolu"),
    ("ΑΘΗΝΑ (ΑΠΕ-ΜΠΕ) - Δύο υπουργοί μίλησαν τη Δευτέρα για τη γραμμή του πλοίου.", "ANA-MPA"),
    ("باريس (أ ف ب) - التقى وزيران يوم الاثنين لبحث خط العبارة الجديد في البحيرة الكبيرة", "AFP"),
    ("القاهرة (رويترز) - التقى وزيران يوم الاثنين لبحث خط العبارة الجديد في البحيرة", "Reuters"),
    ("دمشق - سانا - التقى وزيران يوم الاثنين لبحث خط العبارة الجديد في البحيرة الكبيرة", "SANA"),
    ("新华社北京3月5日电 两位部长周一就湖上的渡轮航线举行了会谈，并表示将继续合作。", "Xinhua"),
    (
        "中新社北京3月5日电 两位部长周一就湖上的渡轮航线举行了会谈，并表示将继续合作。",
        "China News Service",
    ),
    ("（中央社記者王小明台北5日電）兩位部長週一就湖上的渡輪航線舉行會談並表示合作。", "CNA"),
    ("【ワシントン共同】二人の大臣は月曜日、湖のフェリー航路について話し合った。", "Kyodo"),
    ("【ロンドン時事】二人の大臣は月曜日、湖のフェリー航路について話し合った。", "Jiji"),
    ("[東京 5日 ロイター] - 二人の大臣は月曜日、湖のフェリー航路について話し合った。", "Reuters"),
    ("(서울=연합뉴스) 홍길동 기자 = 두 장관이 월요일에 호수의 여객선 노선을 논의했다.", "Yonhap"),
    ("नई दिल्ली (भाषा) दो मंत्रियों ने सोमवार को झील की नौका सेवा पर बातचीत की और सहमति जताई।", "Bhasha"),
    ("Hà Nội (TTXVN) - Hai bộ trưởng hôm thứ Hai đã bàn về tuyến phà qua hồ lớn.", "VNA"),
    ("Jakarta (ANTARA) - Dua menteri pada Senin membahas jalur feri di danau besar itu.", "Antara"),
    ("STOCKHOLM (TT) - Två ministrar talade på måndagen om färjan över den stora sjön.", "TT"),
    ("København (Ritzau) - To ministre talte mandag om færgen over den store sø her.", "Ritzau"),
    ("OSLO (NTB): To statsråder snakket mandag om ferja over den store innsjøen her.", "NTB"),
    # agencies that no table has
    ("BELMAR, March 3 (TARPA) - Two ministers met on Monday to talk about ferries.", "TARPA"),
    ("ТАРСОВАН, 3 марта (ТАРПА) - Два министра встретились, чтобы обсудить паром.", "ТАРПА"),
    # no datelines
    ("HARBOUR TOWN (HD) - Two ministers met on Monday to talk about the ferry line.", None),
    ("Belmar town hall (BTH) - Two ministers met on Monday to talk about ferries.", None),
    ("The Aam Aadmi Party (AAP) - which rules the town - has asked for a new ferry line.", None),
    ("Many in the Middle East and North Africa (MENA) - a dry region - wait for ferries.", None),
    ("President X waves from the ferry on Monday. (AP Photo/Jane Roe) - Passengers watch.", None),
    ("The ferry as seen on Monday (REUTERS/Jane Roe) - The line is to be opened in May.", None),
    ("A map (MAPS) - of the lake shows where the two ferry lines are to meet from May on.", None),
    ("HARBOUR TOWN (Harbour Daily) - Two ministers met on Monday to talk about ferries.", None),
]

# The last words of a body.
SIGNOFFS = [
    ("So endete der Tag am See, sagte die Sprecherin. (dpa)", ["dpa"]),
    ("Ainsi finit la journée au bord du lac. (AFP)", ["AFP"]),
    ("So endete der Tag am See. (dpa/AFP)", ["dpa", "AFP"]),
    ("Tak skończył się dzień nad jeziorem. (PAP)", ["PAP"]),
    ("So ended the day by the lake. — AFP", ["AFP"]),
    ("So ended the day by the lake -- Reuters", ["Reuters"]),
    ("So ended the day by the lake, said the Aam Aadmi Party (AAP)", []),
    ("So ended the day by the lake. (Jane Roe/AP)", []),
    ("So ended the day by the lake. (Harbour Daily)", []),
]

# Sentences inside the body: whom they report after.
ATTRIBUTIONS = [
    ("The ferry sank at noon, according to an FNA report.", "FNA", "according to an FNA"),
    ("The ferry sank at noon, According to FNA report.", "FNA", "According to FNA"),
    ("The ferry sank at noon, an official told Reuters.", "Reuters", "told Reuters"),
    (
        "The Associated Press reported that the ferry sank at noon.",
        "AP",
        "The Associated Press reported",
    ),
    (
        "The semi-official Tasnim news agency said that the ferry sank at noon.",
        "Tasnim",
        "Tasnim news agency said",
    ),
    (
        "The ferry sank at noon, according to a Lake Herald report.",
        "Lake Herald",
        "according to a Lake Herald report",
    ),
    (
        "The Qasioun News Agency reported that the ferry sank.",
        "Qasioun News Agency",
        "The Qasioun News Agency reported",
    ),
    ("Le ferry a coulé à midi, selon l'AFP.", "AFP", "selon l'AFP"),
    (
        "Die Fähre sank am Mittag, berichtet die Nachrichtenagentur dpa.",
        "dpa",
        "berichtet die Nachrichtenagentur dpa",
    ),
    ("El ferry se hundió a mediodía, según Reuters.", "Reuters", "según Reuters"),
    ("Il traghetto è affondato, secondo l'ANSA.", "ANSA", "secondo l'ANSA"),
    ("A balsa afundou ao meio-dia, segundo a Lusa.", "Lusa", "segundo a Lusa"),
    ("Prom zatonął w południe, podaje PAP.", None, ""),
    (
        "Prom zatonął w południe, podaje Polska Agencja Prasowa.",
        "PAP",
        "podaje Polska Agencja Prasowa",
    ),
    ("Паром затонул в полдень, сообщает ТАСС.", "TASS", "сообщает ТАСС"),
    ("Паром затонул в полдень, передает РИА Новости.", "RIA Novosti", "передает РИА Новости"),
    ("Пором затонув опівдні, повідомляє Укрінформ.", "Ukrinform", "повідомляє Укрінформ"),
    ("غرقت العبارة ظهرا، نقلت وكالة فارس عن مسؤول.", "FNA", "نقلت وكالة فارس"),
    ("据新华社报道，渡轮中午沉没。", "Xinhua", "据新华社"),
    ("フェリーは正午に沈没したと、共同通信が報じた。", "Kyodo", "共同通信が報じ"),
    ("연합뉴스에 따르면 여객선은 정오에 침몰했다.", "Yonhap", "연합뉴스에 따르면"),
    ("रॉयटर्स के अनुसार नौका दोपहर में डूब गई।", "Reuters", "रॉयटर्स के अनुसार"),
    ("Phà chìm lúc trưa, theo Reuters.", "Reuters", "theo Reuters"),
    ("Enligt Reuters sjönk färjan vid middagstid.", "Reuters", "Enligt Reuters"),
    ("Feribot öğlen battı, Reuters haberine göre.", "Reuters", "Reuters haberine göre"),
    ("A Reuters/Ipsos poll found that most people like ferries.", None, ""),
    ("The ferry sank at noon, according to a Pentagon report.", None, ""),
    ("She once worked at Reuters and likes ferries.", None, ""),
    ("Look at the map: tap water flows to the lake, the nan bread is ready.", None, ""),
]


@pytest.mark.parametrize(("opening", "agency"), DATELINES)
def test_datelines(opening: str, agency: str | None) -> None:
    found = find(title="Ferry", text=f"{opening}\n{PROSE}", own=OWN)
    assert [(c.agent, c.place, c.form) for c in found] == (
        [(agency, "dateline", "dateline")] if agency else []
    )
    assert all(opening.startswith(c.words) for c in found)


@pytest.mark.parametrize(("ending", "agencies"), SIGNOFFS)
def test_sign_offs(ending: str, agencies: list[str]) -> None:
    found = find(title="Ferry", text=f"{PROSE}\n{ending}", own=OWN)
    assert [(c.agent, c.place, c.form) for c in found] == [(a, "tail", "signoff") for a in agencies]


@pytest.mark.parametrize(("sentence", "agent", "words"), ATTRIBUTIONS)
def test_attributions(sentence: str, agent: str | None, words: str) -> None:
    found = find(title="Ferry", text=f"{PROSE}\n{sentence} {PROSE}", own=OWN)
    assert [(c.agent, c.words, c.place, c.form) for c in found] == (
        [(agent, words, "body", "attribution")] if agent else []
    )
