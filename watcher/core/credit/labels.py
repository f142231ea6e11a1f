"""Words in many languages that stand before a source's name: labels, by-words, photo words, cues."""
# ruff: noqa: E501 - a table is read across; a pattern broken at 100 is harder to check.

from __future__ import annotations

from watcher.core.credit.names import words


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for raw in text.split(";") if (part := " ".join(raw.split()).casefold()))


# Before a colon at the start of a line or bracket; case-folded. Values: the name of the source.
SOURCE_LABELS = frozenset(
    _listed(
        """
    source; sources; original source; original article; originally published;
    originally published by; originally published at; originally published on;
    originally published in; first published; via; first published by; courtesy of;
    news source; article source; story source; source url; original; read the original;
    original story; source originale; article original; articles originaux; texte original;
    origine; source de l'article; quelle; quellen; originalquelle; originalartikel;
    zuerst erschienen; quellenangabe; fuente; fuentes; fuente original; artículo original;
    articulo original; tomado de; publicado en; fonte; fonti; fontes; fonte original;
    fonte originale; artigo original; articolo originale; tratto da;
    publicado originalmente em; font; fonts; iturria; bron; bronnen; oorspronkelijke bron;
    źródło; źródła; źrodło; zrodlo; źr; oryginał; zdroj; zdroje; источник; источники;
    первоисточник; оригинал; оригинал статьи; источник новости; по материалам; джерело;
    джерела; першоджерело; крыніца; източник; източници; извор; извори; izvor; izvori; vir;
    viri; المصدر; المصادر; مصدر; مصدر الخبر; منبع; منابع; منبع خبر; מקור; מקורות; ماخذ;
    kaynak; kaynaklar; haber kaynağı; mənbə; πηγή; πηγές; πηγη; 来源; 來源; 稿源; 消息来源; 文章来源; 新闻来源;
    信息来源; 资料来源; 转自; 轉自; 原文; 原文链接; 出典; 引用元; 情報元; 配信元; 提供; 出处; 出處; 출처; 자료출처; स्रोत; सोर्स;
    सौजन्य; साभार; nguồn; nguồn tin; theo; sumber; sumber berita; ที่มา; แหล่งที่มา; källa;
    källor; kilde; kilder; kjelde; lähde; lähteet; allikas; avots; šaltinis; sursa; sursă;
    surse; forrás; források; burimi; წყარო; աղբյուր; chanzo; bronvermelding
    """
    )
)

# Before the authors of a text. Case-folded, followed by a space or a colon.
BY_WORDS = (
    "by", "von", "par", "por", "di", "a cura di", "door", "af", "av", "oleh", "od", "autor", "autore",
    "autor:", "autorka", "opr.", "oprac.", "text", "texte", "текст", "автор", "автори", "авторы", "theo",
    "de", "írta", "γράφει", "από", "του", "بقلم", "كتب", "مأخوذ", "نویسنده", "מאת", "作者", "文", "記者",
    "记者", "撰文", "द्वारा", "haber", "yazan", "redaktion", "rédaction", "agency", "agencia", "agences",
    "agence", "agencias", "agencies", "agenturen", "agentur", "agenzie", "agências", "agentury",
)  # fmt: skip

# Any of these in a short segment makes it the caption or credit of a picture.
PHOTO_WORDS = words(
    """
    photo photos photograph photographer picture pictures image images imagebank images/afp foto
    fotos fotografie fotografia fotografía photographie crédit credit credits illustration
    archiv archive archivo archivio file pool handout getty shutterstock alamy epa imago
    picture-alliance zuma youtube video vidéo videos screenshot graphic infographic grafik bild
    bilder bildquelle titelbild symbolbild kuva zdjęcie zdjęcia fot фото снимок снимка кадр
    видео صورة الصورة صور عکس תמונה צילום φωτό φωτογραφία fotoğraf arşiv 图片 照片 图源 圖 写真 画像 사진 ảnh
    hình ภาพ तस्वीर फोटो sipa reprofoto via
    """
)

# "X told Reuters": straight before an agency's name, articles and "news agency" left out.
CUES_BEFORE = _listed(
    """
    according to; told; citing; cited by; quoted by; reported by; said by; as reported by;
    reports by; report by; interview with; statement to; speaking to; spoke to; seen by;
    obtained by; carried by; published by; selon; d'après; rapporte; rapporté par; indique;
    indiqué à; déclaré à; confié à; affirmé à; dit à; cité par; cités par; citée par;
    relayé par; a annoncé; annonce; précise; laut; meldet; meldete; berichtet; berichtete;
    berichten; so; sagte; nach angaben; gegenüber; zitiert; según; informó; informa; reportó;
    dijo a; declaró a; citado por; citada por; de acuerdo con; confirmó a; indicó a; segundo;
    de acordo com; informou; disse à; disse a; declarou à; citado pela; citada pela; adiantou;
    secondo; riporta; riferisce; detto all; detto; dichiarato all; citato da; riportato da;
    volgens; meldt; meldde; aldus; bericht; tegen; według; podaje; podała; podał;
    poinformowała; poinformował; informuje; powiedział; powiedziała; pisze; podle; uvedla;
    informovala; řekl; řekla; napsala; oznámila; podľa; сообщает; сообщил; сообщила; сообщило;
    сообщили; передает; передаёт; передала; пишет; по данным; по сообщению; по информации;
    заявил; заявила; рассказал; сказал; со ссылкой на; цитирует; сообщению; информации;
    повідомляє; повідомили; передає; пише; за даними; з посиланням на; за інформацією;
    повідомила; съобщава; съобщи; според; предаде; предава; цитиран от; prema; javlja; piše;
    prenosi; izvestio; rekao za; potrivit; conform; transmite; relatează; citat de; citată de;
    anunță; informează; declarat pentru; szerint; közölte az; ifølge; skriver; melder; til;
    siger til; sier til; enligt; rapporterar; uppger; säger till; skriver till; σύμφωνα με;
    μεταδίδει; αναφέρει; δήλωσε στο; menurut; dilansir; dikutip; dikutip dari; dikutip oleh;
    kepada; theo; dẫn lời; trích dẫn; trả lời; وكالة; نقلت; ذكرت; بحسب; أفادت; وفقا ل;
    وفقا لوكالة; وفقاً لوكالة; نقلا عن; نقلاً عن; قالت; لوكالة; حسب; ل; عن; به گزارش;
    به نقل از; گزارش; خبرگزاری; לפי; דיווחה; דיווח; סוכנות; מסר ל; אמר ל; על פי; 据; 據; 援引; 引述;
    根据; 接受; 对; 對; 告诉; 告訴; เปิดเผยกับ; สำนักข่าว
    """
)

# "Reuters reported": straight after it.
CUES_AFTER = _listed(
    """
    reported; reports; reporting; report; said; says; quoted; cited; has learned; has reported; writes; wrote;
    news agency quoted; adds; rapporte; indique; a rapporté; a indiqué; écrit; a annoncé;
    zufolge; meldet; meldete; berichtet; berichtete; schreibt; informó; informa; reportó;
    dijo; indicó; señaló; informou; noticiou; riporta; riferisce; ha riferito; scrive; meldt;
    meldde; podaje; podała; poinformowała; informuje; uvedla; informovala; napsala; сообщает;
    сообщил; сообщило; сообщила; передает; передаёт; пишет; заявил; повідомляє; передає;
    съобщава; предаде; javlja; prenosi; piše; transmite; relatează; szerint; jelentette; írja;
    közölte; tudósít; mukaan; kertoo; raportoi; rapporterar; skriver; uppger; melder;
    rapporterer; melaporkan; memberitakan; đưa tin; cho biết; dẫn lời; haberine göre; göre;
    bildirdi; aktardı; duyurdu; muhabirine; yazdı; 'nin haberine; 'a göre; 报道; 報道; 報導; 消息; 记者;
    記者; 电; 援引; 引述; によると; が報じ; が伝え; は報じ; の報道; 통신; 에 따르면; 가 보도; 는 보도; 이 보도; 은 보도; 가 전했; 는 전했;
    이 전했; के अनुसार; ने बताया; की रिपोर्ट; से कहा; ने कहा; को बताया; أن; إن; عن; گزارش داد;
    نوشت; دیווחה; דיווחה; מדווחת; מסרה; รายงาน
    """
)

# Between a cue and a name, or a name and a cue.
FILLERS = words(
    """
    the a an l la le les die der dem den das el los il lo all dell het o a à an una un al del de
    da news agency agence agencia agência agenzia agentur nachrichtenagentur presse-agentur
    agencja agencji agentura agentuře agentury agenți agenția агентство агентству агентства
    информагентство агенция агенцията агентство newswire wire service haber ajansı nyhetsbyrån
    nyhetsbyrå nyhedsbureauet persbureau nieuwsbureau hírügynökség uutistoimisto state-run state
    official semi-official iranian russian chinese turkish syrian state-owned private
    independent kantor berita hãng tin thông tấn xã πρακτορείο ειδησεογραφικό το ο η την τον
    وكالة للأنباء الأنباء أنباء خبرگزاری
    """
)

# Said of what readers may not do: a house notice, not an origin.
FORBIDDING = (
    "may not be", "not be ", "cannot be", "without permission", "without the prior", "without prior", "prohibited",
    "must not", "do not ", "no part of", "permission to re", "to republish", "for permission", "darf nicht",
    "dürfen nicht", "nicht ohne", "untersagt", "ne peut être", "ne peuvent être", "interdit", "sans autorisation",
    "no puede", "prohibid", "sin autorización", "proibid", "não pode", "vietat", "non può", "niet worden",
    "zabroni", "zakázán", "bez souhlasu", "запрещ", "без разрешения", "не допускается", "заборонен", "yasak",
    "izin alınmadan", "يمنع", "禁止", "不得", "無断", "무단", "all rights reserved. this",
    "hyperlink", "if you republish", "republication must", "accorde la permission",
)  # fmt: skip

# A name never begins with one of these.
NOT_NAMES = words(
    """
    january february march april may june july august september october november december jan
    feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday
    saturday sunday mon tue wed thu fri sat sun janvier février mars avril mai juin juillet août
    septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche
    januar februar märz juni juli oktober dezember enero febrero marzo abril mayo junio julio
    agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio
    settembre ottobre novembre dicembre janeiro fevereiro this that these here it its our we you
    i he she they his her there what who how why when facebook twitter instagram youtube
    whatsapp telegram english french german spanish russian arabic anglais français deutsch
    englisch inglés español last today yesterday photo image all
    """
)

# Parts of a name that may be in lower case.
JOINING = words(
    """
    of the de la le les des du del della delle dei di da do dos das d' l' and & for für der die
    den van het et y e i und og och na w z al el os as ve της του των
    """
)

# In front of a name, in lower case, and no part of it.
LEADING = words(
    """
    the an a la le les el los las il lo gli der die das dem den de het os as website site sito
    sitio newspaper newspapers journal journals magazine revue quotidien zeitung zeitschrift
    tageszeitung periódico diario revista jornal portal portalu blog web agency agence agencia
    agenzia agentur nachrichtenagentur krant dagblad gazeta gazecie deník deníku server serveru
    газета газете журнал журнале сайт сайте издании издание агентство агентства tidningen avisen
    lehti serwis serwisie
    """
)
