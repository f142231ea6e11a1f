"""Names of months, weekdays and zones as feeds write them; data for `dates`, nothing else.

Lower case, without accents, as `dates` folds its input. One row a language, January or Monday
first; `/` separates forms of one name. Short forms that mean different things in different
languages (French `mar` is a Tuesday and, elsewhere, March) are all kept: `dates` decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

_MONTH_ROWS: Final = {
    "en": "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
    "september/sept/sep october/oct november/nov december/dec",
    "de": "januar/janner/jan februar/feber/feb marz/maerz/mrz/mar april/apr mai juni/jun juli/jul "
    "august/aug september/sept/sep oktober/okt november/nov dezember/dez",
    "fr": "janvier/janv/jan fevrier/fevr/fev mars avril/avr mai juin juillet/juil/jul aout/aou "
    "septembre/sept/sep octobre/oct novembre/nov decembre/dec",
    "es": "enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago "
    "septiembre/setiembre/sept/sep/set octubre/oct noviembre/nov diciembre/dic",
    "it": "gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug "
    "agosto/ago settembre/sett/set ottobre/ott novembre/nov dicembre/dic",
    "pt": "janeiro/jan fevereiro/fev marco/mar abril/abr maio/mai junho/jun julho/jul agosto/ago "
    "setembro/set outubro/out novembro/nov dezembro/dez",
    "nl": "januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug "
    "september/sept/sep oktober/okt november/nov december/dec",
    "pl": "stycznia/styczen/sty lutego/luty/lut marca/marzec/mar kwietnia/kwiecien/kwi maja/maj "
    "czerwca/czerwiec/cze lipca/lipiec/lip sierpnia/sierpien/sie wrzesnia/wrzesien/wrz "
    "pazdziernika/pazdziernik/paz listopada/listopad/lis grudnia/grudzien/gru",
    "ru": "января/январь/янв февраля/февраль/фев/февр марта/март/мар апреля/апрель/апр мая/маи "
    "июня/июнь/июн июля/июль/июл августа/август/авг сентября/сентябрь/сен/сент "
    "октября/октябрь/окт ноября/ноябрь/ноя/нояб декабря/декабрь/дек",
    "uk": "січня/січень/січ лютого/лютии/лют березня/березень/бер/берез квітня/квітень/кві/квіт "
    "травня/травень/тра/трав червня/червень/чер/черв липня/липень/лип серпня/серпень/сер/серп "
    "вересня/вересень/вер/верес жовтня/жовтень/жов/жовт листопада/листопад/лис/листоп "
    "грудня/грудень/гру/груд",
    "cs": "ledna/leden/led unora/unor/uno brezna/brezen/bre dubna/duben/dub kvetna/kveten/kve "
    "cervna/cerven/cer/cvn cervence/cervenec/cvc srpna/srpen/srp zari/zar rijna/rijen/rij "
    "listopadu/listopad/lis prosince/prosinec/pro",
    "tr": "ocak/oca subat/sub mart/mar nisan/nis mayis/may haziran/haz temmuz/tem agustos/agu "
    "eylul/eyl ekim/eki kasim/kas aralik/ara",
    "sv": "januari/jan februari/febr/feb mars april/apr maj juni/jun juli/jul augusti/aug "
    "september/sept/sep oktober/okt november/nov december/dec",
    "da": "januar/jan februar/febr/feb marts/mar april/apr maj juni/jun juli/jul august/aug "
    "september/sept/sep oktober/okt november/nov december/dec",
    "no": "januar/jan februar/feb mars/mar april/apr mai juni/jun juli/jul august/aug "
    "september/sept/sep oktober/okt november/nov desember/des",
    "fi": "tammikuuta/tammikuu/tammi helmikuuta/helmikuu/helmi maaliskuuta/maaliskuu/maalis "
    "huhtikuuta/huhtikuu/huhti toukokuuta/toukokuu/touko kesakuuta/kesakuu/kesa "
    "heinakuuta/heinakuu/heina elokuuta/elokuu/elo syyskuuta/syyskuu/syys "
    "lokakuuta/lokakuu/loka marraskuuta/marraskuu/marras joulukuuta/joulukuu/joulu",
    "hu": "januar/jan februar/febr/feb marcius/marc/mar aprilis/apr majus/maj junius/jun "
    "julius/jul augusztus/aug szeptember/szept/sze oktober/okt november/nov december/dec",
    "ro": "ianuarie/ian februarie/feb martie/mar aprilie/apr mai iunie/iun iulie/iul august/aug "
    "septembrie/sept/sep octombrie/oct noiembrie/noi/nov decembrie/dec",
    "el": "ιανουαριου/ιανουαριοσ/ιαν φεβρουαριου/φεβρουαριοσ/φεβ μαρτιου/μαρτιοσ/μαρ "
    "απριλιου/απριλιοσ/απρ μαιου/μαιοσ/μαι ιουνιου/ιουνιοσ/ιουν ιουλιου/ιουλιοσ/ιουλ "
    "αυγουστου/αυγουστοσ/αυγ σεπτεμβριου/σεπτεμβριοσ/σεπ οκτωβριου/οκτωβριοσ/οκτ "
    "νοεμβριου/νοεμβριοσ/νοε δεκεμβριου/δεκεμβριοσ/δεκ",
    "ca": "gener/gen febrer/feb marc/mar abril/abr maig/mai juny/jun juliol/jul agost/ago "
    "setembre/set octubre/oct novembre/nov desembre/des",
    "sk": "januara/januar/jan februara/februar/feb marca/marec/mar aprila/april/apr maja/maj "
    "juna/jun jula/jul augusta/august/aug septembra/september/sep oktobra/oktober/okt "
    "novembra/november/nov decembra/december/dec",
    "sl": "januarja/januar/jan februarja/februar/feb marca/marec/mar aprila/april/apr "
    "maja/maj junija/junij/jun julija/julij/jul avgusta/avgust/avg "
    "septembra/september/sep oktobra/oktober/okt novembra/november/nov "
    "decembra/december/dec",
    "hr": "sijecnja/sijecanj/sij veljace/veljaca/velj ozujka/ozujak/ozu travnja/travanj/tra "
    "svibnja/svibanj/svi lipnja/lipanj/lip srpnja/srpanj/srp kolovoza/kolovoz/kol "
    "rujna/rujan/ruj listopada/listopad/lis studenoga/studenog/studeni/stu "
    "prosinca/prosinac/pro",
    "sr": "јануара/јануар/јан фебруара/фебруар/феб марта/март/мар априла/април/апр маја/мај "
    "јуна/јун јула/јул августа/август/авг септембра/септембар/сеп октобра/октобар/окт "
    "новембра/новембар/нов децембра/децембар/дец",
    "bs": "januara/januar/jan februara/februar/feb marta/mart/mar aprila/april/apr maja/maj "
    "juna/jun jula/jul avgusta/avgust/avg septembra/septembar/sep oktobra/oktobar/okt "
    "novembra/novembar/nov decembra/decembar/dec",
    "bg": "януари/ян февруари/фев март/мар април/апр маи юни юли август/авг септември/сеп "
    "октомври/окт ноември/ное декември/дек",
    "be": "студзеня/студзень лютага/люты сакавіка/сакавік красавіка/красавік "
    "мая/трауня/травень чэрвеня/чэрвень ліпеня/ліпень жніуня/жнівень верасня/верасень "
    "кастрычніка/кастрычнік лістапада/лістапад снежня/снежань",
    "lt": "sausio/sausis vasario/vasaris kovo/kovas balandzio/balandis geguzes/geguze "
    "birzelio/birzelis liepos/liepa rugpjucio/rugpjutis rugsejo/rugsejis spalio/spalis "
    "lapkricio/lapkritis gruodzio/gruodis",
    "lv": "janvaris/janvari februaris/februari marts/marta aprilis/aprili maijs/maija "
    "junijs/junija julijs/julija augusts/augusta septembris/septembri oktobris/oktobri "
    "novembris/novembri decembris/decembri",
    "et": "jaanuar/jaan veebruar/veebr marts aprill/apr mai juuni juuli august/aug "
    "september/sept oktoober/okt november/nov detsember/dets",
    "id": "januari/jan februari/feb maret/mar april/apr mei juni/jun juli/jul agustus/agt "
    "september/sep oktober/okt november/nov desember/des",
    "ar": "يناير/جانفي فبراير/فيفري مارس ابريل/افريل مايو/ماي يونيو/يونيه/جوان "
    "يوليو/يوليه/جويلية اغسطس/اوت سبتمبر اكتوبر نوفمبر ديسمبر",
    "fa": "ژانویه فوریه مارس اوریل مه/می ژوين ژويیه/جولای اوت/اگوست سپتامبر اکتبر نوامبر دسامبر",
    "he": "בינואר/ינואר בפברואר/פברואר במרץ/מרץ באפריל/אפריל במאי/מאי ביוני/יוני ביולי/יולי "
    "באוגוסט/אוגוסט בספטמבר/ספטמבר באוקטובר/אוקטובר בנובמבר/נובמבר בדצמבר/דצמבר",
    "is": "januar/jan februar/feb mars/mar april/apr mai juni/jun juli/jul agust/agu "
    "september/sep oktober/okt november/nov desember/des",
}

_WEEKDAY_ROWS: Final = {
    "en": "monday/mon tuesday/tues/tue wednesday/weds/wed thursday/thurs/thur/thu friday/fri "
    "saturday/sat sunday/sun",
    "de": "montag/mo dienstag/di mittwoch/mi donnerstag/do freitag/fr samstag/sonnabend/sa "
    "sonntag/so",
    "fr": "lundi/lun mardi/mar mercredi/mer jeudi/jeu vendredi/ven samedi/sam dimanche/dim",
    "es": "lunes/lun martes/mar miercoles/mie jueves/jue viernes/vie sabado/sab domingo/dom",
    "it": "lunedi/lun martedi/mar mercoledi/mer giovedi/gio venerdi/ven sabato/sab domenica/dom",
    "pt": "segunda/seg terca/ter quarta/qua quinta/qui sexta/sex sabado/sab domingo/dom",
    "nl": "maandag/ma dinsdag/di woensdag/wo donderdag/do vrijdag/vr zaterdag/za zondag/zo",
    "pl": "poniedzialek/pon/pn wtorek/wt sroda/sr czwartek/czw/cz piatek/pt/pi sobota/sob/so "
    "niedziela/niedz/ndz/nd",
    "ru": "понедельник/пн вторник/вт среда/ср четверг/чт пятница/пт суббота/сб воскресенье/вс",
    "uk": "понеділок/пн вівторок/вт середа/ср четвер/чт пятниця/пт субота/сб неділя/нд",
    "cs": "pondeli/po utery/ute streda/st ctvrtek/ct patek/pa sobota/so nedele/ne",
    "tr": "pazartesi/pzt sali/sal carsamba/car persembe/per cuma/cum cumartesi/cmt pazar/paz",
    "sv": "mandag/man tisdag/tis onsdag/ons torsdag/tors/tor fredag/fre lordag/lor sondag/son",
    "da": "mandag/man tirsdag/tirs/tir onsdag/ons torsdag/tors/tor fredag/fre lordag/lor "
    "sondag/son",
    "fi": "maanantai/ma/maanantaina tiistai/ti/tiistaina keskiviikko/ke/keskiviikkona "
    "torstai/to/torstaina perjantai/pe/perjantaina lauantai/la/lauantaina "
    "sunnuntai/su/sunnuntaina",
    "hu": "hetfo kedd szerda/sze csutortok/csut pentek/pen szombat/szo vasarnap/vas",
    "ro": "luni/lun marti/mar miercuri/mie joi vineri/vin sambata/sam duminica/dum",
    "el": "δευτερα/δευ τριτη/τρι τεταρτη/τετ πεμπτη/πεμ παρασκευη/παρ σαββατο/σαβ κυριακη/κυρ",
    # Short names that are zones stay zones: Slovene `cet` (Thursday), Slovak `ut` (Tuesday).
    "ca": "dilluns/dl dimarts/dt dimecres/dc dijous/dj divendres/dv dissabte/ds diumenge/dg",
    "sk": "pondelok/po utorok streda/st stvrtok/st piatok/pi sobota/so nedela/ne",
    "sl": "ponedeljek/pon torek/tor sreda/sre cetrtek petek/pet sobota/sob nedelja/ned",
    "hr": "ponedjeljak/pon utorak/uto srijeda/sri cetvrtak petak/pet subota/sub nedjelja/ned",
    "sr": "понедељак/пон уторак/уто среда/сре четвртак/чет петак/пет субота/суб недеља/нед",
    "bg": "понеделник/пн вторник/вт сряда/ср четвъртък/чт петък/пт събота/сб неделя/нд",
    "be": "панядзелак ауторак серада чацвер пятніца субота нядзеля",
    "lt": "pirmadienis antradienis treciadienis ketvirtadienis penktadienis sestadienis "
    "sekmadienis",
    "lv": "pirmdiena otrdiena tresdiena ceturtdiena piektdiena sestdiena svetdiena",
    "et": "esmaspaev teisipaev kolmapaev neljapaev reede laupaev puhapaev",
    "id": "senin/sen selasa/sel rabu/rab kamis/kam jumat/jum sabtu/sab minggu/min",
    "ar": "الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد",
    "he": "שני שלישי רביעי חמישי שישי שבת ראשון",
    "is": "manudagur/man þriðjudagur/þri miðvikudagur/mið fimmtudagur/fim fostudagur/fos "
    "laugardagur/lau sunnudagur/sun",
}


def _index(rows: Mapping[str, str], first: int) -> dict[str, frozenset[int]]:
    index: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows.values():
        for number, forms in enumerate(row.split(), first):
            for form in forms.split("/"):
                index[form].add(number)
    return {form: frozenset(numbers) for form, numbers in index.items()}


MONTHS: Final[Mapping[str, frozenset[int]]] = _index(_MONTH_ROWS, 1)  # 1 = January
_MONTHS_BY_LANGUAGE: Final = {lang: _index({lang: row}, 1) for lang, row in _MONTH_ROWS.items()}
WEEKDAYS: Final[Mapping[str, frozenset[int]]] = _index(_WEEKDAY_ROWS, 0)  # 0 = Monday


def months(name: str, lang: str | None) -> frozenset[int]:
    """The months that `name` may mean; in `lang` (a BCP 47 tag) alone where it has that name.

    Croatian `listopada` is October, Polish `listopada` November.
    """
    own = _MONTHS_BY_LANGUAGE.get((lang or "").lower().partition("-")[0], {})
    return own.get(name) or MONTHS.get(name, frozenset())


# Words that stand in dates and say nothing; some are weekdays in other languages.
_NOISE_WORDS: Final = (
    "at on the of um am uhr den der le a las as alle ore de del do da kl o om klo h feira "
    "г года году в р року о dne i d m gada gads klokken"
)
NOISE: Final = frozenset(_NOISE_WORDS.split())

# Minutes east of UTC, and whether the name has one common meaning. RFC 822 fixes the American
# ones; servers in China write CST for their own, feeds at the Gulf AST for Arabia's. BST is taken
# as British (Bangladesh has no feed that writes it).
ZONES: Final[Mapping[str, tuple[int, bool]]] = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), (0, True)),
    **dict.fromkeys(("bst", "west", "cet", "met", "wat", "mez"), (60, True)),
    **dict.fromkeys(("cest", "mest", "mesz", "eet", "cat", "sast"), (120, True)),
    **dict.fromkeys(("eest", "msk", "trt", "eat"), (180, True)),
    "msd": (240, True),
    "gst": (240, True),
    "pkt": (300, True),
    "ist": (330, False),  # India; Ireland and Israel write it too
    "npt": (345, True),
    "ict": (420, True),
    "wib": (420, True),
    **dict.fromkeys(("sgt", "hkt", "awst", "pht", "myt"), (480, True)),
    **dict.fromkeys(("jst", "kst"), (540, True)),
    "acst": (570, True),
    "acdt": (630, True),
    "aest": (600, True),
    "aedt": (660, True),
    "nzst": (720, True),
    "nzdt": (780, True),
    "nst": (-210, True),
    "ndt": (-150, True),
    **dict.fromkeys(("brt", "art", "adt"), (-180, True)),
    "ast": (-240, False),
    "edt": (-240, True),
    **dict.fromkeys(("est", "cdt"), (-300, True)),
    "cst": (-360, False),
    "mdt": (-360, True),
    **dict.fromkeys(("mst", "pdt"), (-420, True)),
    **dict.fromkeys(("pst", "akdt"), (-480, True)),
    "akst": (-540, True),
    "hst": (-600, True),
}

# Northern zones whose name says summer or winter, and the months in which it cannot be that.
_SUMMER: Final = "edt cdt mdt pdt akdt adt ndt bst west cest mest mesz eest"
_WINTER: Final = "est cst mst pst akst ast nst cet met mez eet wet"
OUT_OF_SEASON: Final[Mapping[str, frozenset[int]]] = {
    **dict.fromkeys(_SUMMER.split(), frozenset({12, 1, 2})),
    **dict.fromkeys(_WINTER.split(), frozenset({4, 5, 6, 7, 8, 9})),
}
