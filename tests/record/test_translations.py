# ruff: noqa: E501  the parallel texts have a sentence a line
"""Translations among recorded articles, with the model: suggested, confirmed, rejected, asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from storage import models
from storage.rows import MatchRow
from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.archive import articles as store
from watcher.record.across import Across
from watcher.record.deciding import confirm, reject
from watcher.record.retiring import begin, judge_again, waiting
from watcher.record.spoken import mean, read, remaining
from watcher.record.translated import compare_across, match_across
from watcher.tongues import available

pytestmark = pytest.mark.skipif(not available(), reason="the extra `translation` is missing")

ENGLISH = """The ferry Aurelia ran aground on Monday night off the island of Sarn with 214 people on board.
Fishermen from the village of Kesten reached the ship first and took the passengers ashore in small boats.
Nobody was killed, but eleven people were treated for broken bones at the hospital in Valdemar.
The captain, Tomas Brandt, said the rudder had failed minutes after the ship left the harbour.
The shipping company had put off an inspection of the rudder twice since March.
Divers will examine the hull on Wednesday if the storm allows it.
The transport minister promised a report before the end of the year.
Insurers put the damage at 3.4 million euros.
Residents of the island now depend on a military helicopter for food and medicine."""
FRENCH = """Le ferry Aurelia s'est échoué lundi soir au large de l'île de Sarn avec 214 personnes à bord.
Des pêcheurs du village de Kesten ont atteint le navire les premiers et ont ramené les passagers à terre dans de petites embarcations.
Personne n'a été tué, mais onze personnes ont été soignées pour des fractures à l'hôpital de Valdemar.
Le capitaine, Tomas Brandt, a déclaré que le gouvernail était tombé en panne quelques minutes après que le navire eut quitté le port.
La compagnie maritime avait reporté deux fois l'inspection du gouvernail depuis le mois de mars.
Des plongeurs examineront la coque mercredi si la tempête le permet.
Le ministre des Transports a promis un rapport avant la fin de l'année.
Les assureurs estiment les dégâts à 3,4 millions d'euros.
Les habitants de l'île dépendent désormais d'un hélicoptère militaire pour la nourriture et les médicaments."""
RUSSIAN = """Паром «Аурелия» сел на мель в понедельник вечером у острова Сарн, на борту находились 214 человек.
Рыбаки из деревни Кестен первыми добрались до судна и доставили пассажиров на берег на небольших лодках.
Никто не погиб, но одиннадцать человек с переломами лечились в больнице Вальдемара.
Капитан Томас Брандт сказал, что руль отказал через несколько минут после выхода судна из порта.
Судоходная компания с марта дважды откладывала осмотр руля."""
# The same event by somebody else, who has other facts in another order.
REPORT = """Am Dienstag suchte die Küstenwache vor der Insel Sarn noch immer nach Ölspuren.
Viele Familien verbrachten die Nacht in einer Turnhalle, in der das Rote Kreuz Betten aufgestellt hatte.
Eine Lehrerin erzählte, sie habe im Dunkeln ihre Schüler gezählt und zweimal von vorn begonnen.
Die Oppositionsführerin verlangte den Rücktritt der Ministerin und neue Regeln für alte Schiffe.
Der Wetterdienst hatte am Nachmittag vor Böen gewarnt, doch der Hafen blieb offen.
Hotels auf dem Festland boten den Geretteten kostenlose Zimmer an.
Am Kai legten Kinder Blumen nieder, obwohl niemand ums Leben gekommen war."""

# Something else, as long again.
VERGER = """Les arboriculteurs de la haute vallée arrachent un tiers de leurs pommiers après un quatrième printemps sans abeilles.
Le syndicat a compté onze mille arbres marqués de peinture bleue, la plupart sur des pentes trop raides.
Ma grand-mère a greffé ceux-ci, a dit un paysan appuyé sur une pile de troncs sciés.
Une coopérative voisine a engagé des étudiants pour polliniser deux vergers à la main, avec des plumes d'oie.
Le ministère propose une subvention pour planter des haies entre les rangées.
Replanter des cerisiers coûte neuf euros le mètre et ne donne rien avant la cinquième année."""


SOURCE = Item("wire", "source", ENGLISH, T0, title="Ferry runs aground off Sarn")
WHOLE = Item("journal", "whole", FRENCH, T0 + HOUR, title="Un ferry s'échoue au large de Sarn")
PART = Item("novosti", "part", RUSSIAN, T0 + 2 * HOUR, title="Паром сел на мель")
REPORTED = Item("zeitung", "reported", REPORT, T0 + 3 * HOUR, title="Suche vor Sarn geht weiter")
OTHER = Item("valley", "other", texts.ORCHARD, T0 + 4 * HOUR)
STALE = Item("gazette", "stale", ENGLISH, T0 - 90 * DAY, title="Ferry runs aground off Sarn")


def look(desk: Desk, across: Across | None = None, now: datetime = T0 + DAY) -> int:
    across, made = across or Across(), 0
    while batch := read(desk.database):
        made += across.suggest(desk.database, batch, mean(batch.spoken), now)
    return made


def suggested(desk: Desk) -> dict[tuple[str, str], MatchRow]:
    names = desk.names()
    with desk.database.read() as conn:
        found = store.matches(conn, list(names))
    return {(names[m.a_id], names[m.b_id]): m for m in found if m.kind == "translation"}


def ids(desk: Desk, names: Collection[str]) -> list[int]:
    known = {n: i for i, n in desk.names().items()}
    return [known[n] for n in names]


def test_suggested_with_its_evidence_and_joined_when_a_person_confirms(desk: Desk) -> None:
    desk.load([SOURCE, WHOLE, PART, REPORTED, OTHER])
    assert {r.lang for r in desk.articles().values()} == {"en", "fr", "ru", "de"}
    assert all((r.lang_sure or 0) > 0.5 for r in desk.articles().values())
    assert look(desk) == 3
    found = suggested(desk)
    assert set(found) == {("source", "whole"), ("source", "part"), ("whole", "part")}
    whole, part = found["source", "whole"], found["source", "part"]
    assert whole.status == part.status == "suggested"
    assert min(whole.paste, whole.cut) > 0.9
    assert part.cut > 0.9 > 0.7 > part.paste
    assert "translation of the whole" in whole.reason
    assert "en and fr" in whole.reason
    # Suggested is not joined.
    assert desk.together() == set()
    assert remaining(desk.database) == 0
    assert look(desk) == 0
    confirm(
        desk.database,
        desk.recorder,
        *ids(desk, ("source", "whole")),
        author="ada",
        note="",
        now=T0 + DAY,
    )
    desk.sound()
    assert desk.together() == {frozenset({"source", "whole"})}
    assert suggested(desk)["source", "whole"].status == "confirmed"


def test_rejected_stays_rejected_and_a_copy_is_compared_beside_it(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    across = Across()
    desk.load([SOURCE])
    assert look(desk, across) == 0
    desk.load([WHOLE])
    assert look(desk, across) == 1
    pair = ids(desk, ("source", "whole"))
    reject(desk.database, desk.recorder, *pair, author="ada", note="", now=T0 + DAY)
    desk.load([Item("courier", "copy", ENGLISH, T0 + HOUR, title=SOURCE.title)])
    assert look(desk, across) == 1
    found = suggested(desk)
    assert found["source", "whole"].status == "rejected"
    assert desk.together() == {frozenset({"source", "copy"})}
    # A pass from the beginning finds the same, and changes no decision.
    with desk.database.write() as conn:
        store.put_meta(conn, "across.mark", "0")
    look(desk)
    assert {k: m.status for k, m in suggested(desk).items()} == {
        k: m.status for k, m in found.items()
    }


def test_months_apart_is_not_suggested_but_found_when_asked(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.load([STALE, WHOLE])
    assert look(desk) == 0
    (hit,) = match_across(desk.database, RUSSIAN, limit=1)
    assert hit.kind == "excerpt"
    assert {h.outlet for h in match_across(desk.database, RUSSIAN)} == {"gazette", "journal"}
    assert match_across(desk.database, texts.ORCHARD) == []
    assert match_across(desk.database, "") == []


def test_an_archive_may_come_in_any_order(sqlite_desk: Desk) -> None:
    desk, across = sqlite_desk, Across()
    with desk.database.read() as conn:
        across.load(conn, T0)
    desk.load([replace(WHOLE, at=T0 + 25 * DAY)])
    assert look(desk, across) == 0
    desk.load([OTHER, replace(STALE, at=T0)])
    assert look(desk, across) == 1
    desk.load([replace(PART, at=T0 - 20 * DAY)])
    assert look(desk, across) == 1  # of the one, and too long before the other
    # In a new process the same is known.
    with desk.database.read() as conn:
        found = Across()
        found.load(conn, T0 + 25 * DAY)
    assert found.size == 3
    assert found.nbytes > 0
    assert sum(map(len, found.codes)) == 3


def test_a_daemon_begins_with_what_is_recent(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.load([SOURCE], now=T0 - 60 * DAY)
    desk.load([WHOLE], now=T0)
    begin(desk.database, T0)
    batch = read(desk.database)
    assert batch is not None
    assert [s.version for s in batch.spoken] == ids(desk, ["whole"])


def version(desk: Desk, item: Item, text: str, after: timedelta) -> None:
    """A poll finds an article with other words at its address."""
    desk.poll(replace(item, text=text), now=T0 + after)


def test_an_edit_has_its_suggestion_judged_anew(sqlite_desk: Desk) -> None:
    desk, across = sqlite_desk, Across()
    source = replace(SOURCE, url="https://wire.example/1")
    whole = replace(WHOLE, url="https://journal.example/1")
    desk.poll(source, now=T0)
    desk.poll(whole, now=T0 + HOUR)
    assert look(desk, across) == 1
    before = suggested(desk)[(source.title or "", whole.title or "")]
    # Two paragraphs more, of its own: a part of the text now.
    more = "\n".join(line for line in VERGER.splitlines()[:6])
    version(desk, whole, f"{FRENCH}\n{more}", 2 * HOUR)
    assert look(desk, across) == 0  # nothing new, and nobody is told
    after = suggested(desk)[(source.title or "", whole.title or "")]
    assert after.b_version > before.b_version
    assert after.cut < before.cut
    assert after.status == "suggested"
    # What an earlier version meant is forgotten with it.
    assert desk.count("gist") == desk.count("sentence_codes") == 2
    # Other words altogether: no translation any more.
    version(desk, whole, VERGER, 3 * HOUR)
    assert look(desk, across) == 0
    assert suggested(desk) == {}


def test_a_shared_passage_gives_way_to_a_translation(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    quoted = " ".join(f"{word}{n}" for n in range(12) for word in ("oak", "elm", "ash"))
    desk.load([replace(SOURCE, text=f"{ENGLISH}\n{quoted}"), OTHER])
    desk.load([replace(WHOLE, text=f"{FRENCH}\n{quoted}")])
    assert desk.kinds() == {("source", "whole"): "passage"}
    assert look(desk) == 1
    assert desk.kinds() == {("source", "whole"): "translation"}
    desk.sound()


def test_what_was_made_in_another_way_is_made_anew(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.load([SOURCE, WHOLE, PART])
    begin(desk.database, T0 + DAY, whole=True)
    assert look(desk) == 3
    found = suggested(desk)
    assert not waiting(desk.database)
    with desk.database.write() as conn:
        store.put_meta(conn, "across.scheme", "1.1")
        conn.execute(update(models.match).values(sure=0.01, paste=0.5, runs=b""))
        conn.execute(update(models.match).where(models.match.c.id == 1).values(status="confirmed"))
    begin(desk.database, T0 + DAY)
    assert desk.count("gist") == desk.count("sentence_codes") == 0
    across = Across()
    while waiting(desk.database):
        judge_again(desk.database, across.meant, T0 + DAY)
    made = suggested(desk)
    assert {k: (m.sure, m.paste) for k, m in made.items()} == {
        k: (m.sure, m.paste) for k, m in found.items()
    }
    assert sorted(m.status for m in made.values()) == ["confirmed", "suggested", "suggested"]
    assert remaining(desk.database) == 3
    assert look(desk) == 0
    assert desk.count("gist") == 3


def test_a_batch_that_cannot_be_read_loses_nothing(sqlite_desk: Desk) -> None:
    desk, across = sqlite_desk, Across()
    desk.load([SOURCE, WHOLE])
    assert look(desk, across) == 1
    with desk.database.write() as conn:
        store.put_meta(conn, "across.mark", "0")
    batch = read(desk.database)
    assert batch is not None
    assert across.suggest(desk.database, batch, None, T0 + DAY) == 0
    assert len(suggested(desk)) == 1
    assert remaining(desk.database) == 0


def test_two_texts_side_by_side() -> None:
    found = compare_across(ENGLISH, RUSSIAN)
    assert (found.kind, found.lang_a, found.lang_b) == ("excerpt", "en", "ru")
    start_a, end_a, start_b, end_b, alike = found.pairs[0]
    assert ENGLISH[start_a:end_a].startswith("The ferry Aurelia")
    assert RUSSIAN[start_b:end_b].startswith("Паром")
    assert 0.4 < alike <= 1
    assert compare_across(ENGLISH, REPORT).kind == "independent"
    assert compare_across(FRENCH, REPORT).kind == "independent"
    greek = compare_across(ENGLISH, "Το πλοίο Aurelia προσάραξε τη Δευτέρα το βράδυ στο νησί Σαρν.")
    assert "does not cover el" in greek.note
    assert compare_across("", FRENCH).kind == "independent"
