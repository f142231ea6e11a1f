# ruff: noqa: E501  a line is a paragraph
"""Sample articles, written for these tests, in several languages and scripts, and a maker."""

from __future__ import annotations

import random

# ---------------------------------------------------------------- English

HARBOUR = """\
The harbour authority of Port Ellery confirmed on Tuesday that a leaked draft of its dredging plan is genuine, and that the document had been altered before it reached the regional council.
According to three officials who have read both versions, the passage that was taken out warned that the eastern breakwater would settle by as much as forty centimetres within a decade unless the seabed was first packed with gravel.
"We were told to keep the drawings and lose the arithmetic," one of the officials said, asking not to be named because the inquiry has not ended. A second official described the edit as routine and denied that anybody had been misled.
The council approved the cheaper variant in November by nine votes to seven. Work on the first caisson began in January, and divers have since reported cracks in two of the mooring blocks nearest to the lighthouse.
Fishing crews who use the inner basin say that they noticed the change at once. "You tie up in the evening and in the morning the ladder hangs a hand lower," said Marta Quill, who has run a crab boat from the quay for twenty years.
The authority said that it would publish the complete survey before the end of the month and that an engineer from outside the district would examine every block by summer. Opposition members asked why the survey had not been published when it was paid for.
"""

ORCHARD = """\
Growers in the upper Selwyn valley are pulling out a third of their apple trees after a fourth spring without enough bees, the farm union reported on Friday.
Hives that used to be carried up from the plain in April now arrive in May, when the early varieties have already dropped their petals. Keepers blame cold nights, a mite that resists every permitted treatment, and the price of fuel.
The union counted eleven thousand trees marked with blue paint, most of them on slopes that are too steep for machines. Replanting with cherries, which some families have begun, costs about nine euros a metre and gives nothing before the fifth year.
"My grandmother grafted these," said Ivo Brandt, leaning on a stack of sawn trunks. "I can tell you which winter each of them survived. Nobody wants to hear that at the bank."
A cooperative in the next valley has hired students to pollinate two small orchards by hand with goose feathers. Its chairwoman called the experiment touching and ruinous, and said that it would not be repeated.
The ministry has offered a grant for hedges and wild strips between the rows. The union answered that a hedge planted this autumn would feed its first bee in three years at the earliest.
"""

LIBRARY = """\
A night librarian in Tarn has been reading aloud over an open telephone line since the winter floods, and about two hundred people now call in to listen.
Odile Renner began with weather bulletins when the lower town had no power, then went on with whatever lay on the desk: a seed catalogue, a manual for signalmen, a novel without its last chapter. Callers voted to leave the ending unread.
The line is an old fire alarm circuit that nobody had disconnected. It carries one voice well and two voices badly, so the listeners learned to keep silent, and some of them fall asleep and are billed for nothing at all.
The telephone company has asked for an explanation and received a recording of the signalmen's manual. It has since described the matter as closed.
"""

SHORT = (
    "Trains between Maldon and the coast will not run this Sunday while crews replace the points "
    "outside the tunnel. Buses will leave from the north entrance every half hour from six in the "
    "morning, and tickets for either stay valid until Monday night."
)

# ---------------------------------------------------------------- frames

FRENCH_HEAD = """\
Accueil
Analyses
Partagez cet article
Source : Agence Ellery
Région : Côte du Nord
"""

FRENCH_TAIL = """\
Copyright © Agence Ellery, 2026
Articles de la rédaction publiés par ce site
Avis à nos lecteurs : ce qu'on lit ici n'engage que ceux qui l'ont écrit. Le site décline toute responsabilité quant au contenu et ne saurait être tenu pour responsable des informations inexactes ou incorrectes qui pourraient s'y trouver.
Le site accorde le droit de reprendre le texte entier de ses articles ou des extraits sur des sites internet à des fins non commerciales, à condition que la source et l'adresse électronique unique soient indiquées, ainsi que le nom de l'auteur et la mention des droits réservés.
Notre site contient du matériel protégé dont l'usage n'a pas toujours été autorisé par le détenteur des droits. Nous les mettons sous les yeux de nos lecteurs selon les dispositions de l'usage équitable, afin que chacun suive mieux la vie politique, économique et sociale. Ceux qui souhaitent en faire un autre usage doivent d'abord en demander la permission à celui qui détient les droits.
Pour publier nos articles en format papier ou autre, y compris sur les sites commerciaux, prière de joindre la rédaction par courrier à l'adresse indiquée sur la page des contacts.
"""

ENGLISH_HEAD = """\
Home
News
Share this
"""

# What one outlet prints below each of its articles, in the language of the articles.
NOTICE = (
    "The Lantern is paid for by its readers alone and takes no money from parties or advertisers. "
    "If this report was useful to you, please consider a small monthly gift, which keeps the "
    "newsroom open and lets three trainees learn the trade in a town that has no other paper. "
    "Gifts can be ended at any time by a letter, a call or a visit to the desk in Mill Street."
)

# ---------------------------------------------------------------- other scripts

RUSSIAN = """\
Управление порта Эллери во вторник подтвердило, что утечка проекта дноуглубительных работ подлинная, а сам документ был изменён до передачи в областной совет.
По словам трёх чиновников, знакомых с обеими версиями, исчезнувший абзац предупреждал, что восточный волнолом осядет на сорок сантиметров за десять лет, если дно сначала не засыпать гравием.
Рыбаки внутренней гавани говорят, что заметили перемену сразу: вечером привязываешь лодку, а утром лестница висит на ладонь ниже. Оппозиция спросила, почему исследование не опубликовали тогда, когда за него заплатили.
"""

ARABIC = """\
أكدت هيئة ميناء إيليري يوم الثلاثاء أن المسودة المسربة لخطة التعميق صحيحة، وأن الوثيقة عُدِّلت قبل أن تصل إلى المجلس الإقليمي.
وقال ثلاثة مسؤولين اطلعوا على النسختين إن الفقرة المحذوفة حذرت من هبوط الحاجز الشرقي أربعين سنتيمترا خلال عقد واحد ما لم يُرص قاع البحر بالحصى أولا.
ويقول الصيادون الذين يستخدمون الحوض الداخلي إنهم لاحظوا التغير فورا، وسأل أعضاء المعارضة لماذا لم تُنشر الدراسة عندما دُفع ثمنها.
"""

HINDI = """\
एलरी बंदरगाह प्राधिकरण ने मंगलवार को पुष्टि की कि गहराई बढ़ाने की योजना का लीक हुआ मसौदा असली है और क्षेत्रीय परिषद तक पहुँचने से पहले उसे बदल दिया गया था।
दोनों संस्करण पढ़ चुके तीन अधिकारियों के अनुसार हटाए गए हिस्से में चेतावनी थी कि यदि समुद्र तल को पहले बजरी से न भरा गया तो पूर्वी दीवार दस वर्षों में चालीस सेंटीमीटर धँस जाएगी।
भीतरी घाट के मछुआरे कहते हैं कि उन्होंने बदलाव तुरंत देख लिया था। विपक्ष ने पूछा कि सर्वेक्षण तब क्यों नहीं छापा गया जब उसका भुगतान हुआ था।
"""

KOREAN = """\
엘러리 항만 당국은 화요일 유출된 준설 계획 초안이 진짜이며 문서가 지역 의회에 도착하기 전에 수정되었다고 확인했다.
두 판본을 모두 읽은 공무원 세 명에 따르면 빠진 대목은 해저를 먼저 자갈로 다지지 않으면 동쪽 방파제가 십 년 안에 사십 센티미터까지 내려앉을 것이라고 경고했다.
안쪽 부두를 쓰는 어민들은 변화를 곧바로 알아차렸다고 말한다. 저녁에 배를 묶어 두면 아침에는 사다리가 한 뼘 더 낮게 걸려 있다고 한다.
야당 의원들은 비용을 치른 조사를 왜 그때 공개하지 않았느냐고 물었다.
"""

CHINESE = """\
埃勒里港务局星期二证实，外泄的疏浚计划草案属实，而且文件在送交地区议会之前已被修改。
据三名读过两个版本的官员说，被删去的一段警告称，如果不先用碎石压实海床，东防波堤将在十年内下沉四十厘米。
使用内港的渔民说，他们马上就注意到了变化。傍晚把船拴好，第二天早上梯子就低了一个手掌。
议会去年十一月以九票对七票通过了较便宜的方案。反对派议员质问，既然调查的费用早已付清，为什么当时不予公布。
"""

JAPANESE = """\
エラリー港湾局は火曜日、流出した浚渫計画の草案が本物であり、文書が地方議会に届く前に書き換えられていたことを認めた。
両方の版を読んだ三人の職員によると、削られた段落は、海底をまず砂利で固めなければ東側の防波堤が十年以内に四十センチ沈むと警告していた。
内側の岸壁を使う漁師たちは、変化にすぐ気づいたと話す。夕方に船をつなぐと、朝には梯子が手のひら一つ分低くなっているという。
野党の議員は、費用を払った調査をなぜその時に公表しなかったのかと尋ねた。
"""

THAI = """\
การท่าเรือเอลเลอรียืนยันเมื่อวันอังคารว่าร่างแผนขุดลอกที่รั่วไหลออกมาเป็นของจริง และเอกสารถูกแก้ไขก่อนส่งถึงสภาภูมิภาค
เจ้าหน้าที่สามคนที่ได้อ่านทั้งสองฉบับกล่าวว่าย่อหน้าที่หายไปเตือนว่าเขื่อนกันคลื่นด้านตะวันออกจะทรุดลงสี่สิบเซนติเมตรภายในสิบปี หากไม่อัดพื้นทะเลด้วยกรวดเสียก่อน
ชาวประมงที่ใช้ท่าด้านในบอกว่าสังเกตเห็นความเปลี่ยนแปลงทันที ฝ่ายค้านถามว่าทำไมไม่เผยแพร่ผลสำรวจตั้งแต่ตอนที่จ่ายเงินไป
"""

LAO = """\
ການທ່າເຮືອຢືນຢັນໃນວັນອັງຄານວ່າ ຮ່າງແຜນການຂຸດລອກທີ່ຮົ່ວໄຫຼອອກມາແມ່ນຂອງແທ້ ແລະເອກະສານຖືກແກ້ໄຂກ່ອນສົ່ງເຖິງສະພາແຂວງ
ເຈົ້າໜ້າທີ່ສາມຄົນທີ່ໄດ້ອ່ານທັງສອງສະບັບກ່າວວ່າ ວັກທີ່ຫາຍໄປເຕືອນວ່າເຂື່ອນດ້ານຕາເວັນອອກຈະຊຸດລົງສີ່ສິບຊັງຕີແມັດພາຍໃນສິບປີ
ຊາວປະມົງທີ່ໃຊ້ທ່າດ້ານໃນເວົ້າວ່າພວກເຂົາສັງເກດເຫັນການປ່ຽນແປງທັນທີ
"""

KHMER = """\
អាជ្ញាធរកំពង់ផែបានបញ្ជាក់កាលពីថ្ងៃអង្គារថា សេចក្តីព្រាងផែនការស្តារដែលលេចធ្លាយគឺជារបស់ពិត ហើយឯកសារត្រូវបានកែមុនពេលទៅដល់ក្រុមប្រឹក្សាតំបន់
មន្ត្រីបីនាក់ដែលបានអានទាំងពីរច្បាប់និយាយថា កថាខណ្ឌដែលបាត់បានព្រមានថា ទំនប់ខាងកើតនឹងស្រុតចុះសែសិបសង់ទីម៉ែត្រក្នុងរយៈពេលដប់ឆ្នាំ
អ្នកនេសាទដែលប្រើកំពង់ផែខាងក្នុងនិយាយថា ពួកគេបានកត់សម្គាល់ការផ្លាស់ប្តូរភ្លាមៗ
"""

SPACELESS = {
    "chinese": CHINESE,
    "japanese": JAPANESE,
    "thai": THAI,
    "lao": LAO,
    "khmer": KHMER,
}
SPACED = {"russian": RUSSIAN, "arabic": ARABIC, "hindi": HINDI, "korean": KOREAN}
SCRIPTS = SPACELESS | SPACED

# ---------------------------------------------------------------- made up

_SYLLABLES = tuple(
    c + v for c in ("b", "cl", "d", "fr", "g", "k", "m", "qu", "st", "v") for v in "aeiou"
)


def made_up(seed: int, sentences: int = 8, *, per_line: int = 2) -> str:
    """Prose in a language that nobody speaks, the same for the same seed: about 11 words a
    sentence, `per_line` sentences a paragraph. Two seeds share no run of words to speak of."""
    rng = random.Random(seed)
    lexicon = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(400)]
    said = []
    for _ in range(sentences):
        chosen = rng.choices(lexicon, k=rng.randint(9, 13))
        said.append(" ".join(chosen).capitalize() + ".")
    return "\n".join(" ".join(said[i : i + per_line]) for i in range(0, len(said), per_line))


def reworded(text: str, every: int, seed: int = 0) -> str:
    """`text` with one word in `every` replaced by a word that it does not have."""
    rng = random.Random(seed)
    lines = []
    n = 0
    for line in text.split("\n"):
        kept = []
        for word in line.split(" "):
            n += 1
            replaced = n % every == 0
            kept.append("x" + "".join(rng.choices(_SYLLABLES, k=3)) if replaced else word)
        lines.append(" ".join(kept))
    return "\n".join(lines)
