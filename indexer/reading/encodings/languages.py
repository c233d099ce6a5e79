"""The letters of languages, most frequent first, and the encodings that old texts use for them.

Only letters beyond ASCII count, because the encodings agree about ASCII. `words` are frequent words
in ASCII letters: they tell languages apart whose letters have the same bytes.
"""

from functools import cache
from typing import NamedTuple

__all__ = ["Candidate", "Language", "candidates"]


class Language(NamedTuple):
    """Its letters, and the natural logarithms of how frequent they are.

    `first` is that of the first letter, and each next one has `step` less. `rarer` letters have
    that of `rare`, and any other letter `foreign`. `pairs` is added for two letters in a row.
    """

    letters: str
    words: frozenset[str] = frozenset()
    first: float = -0.9
    step: float = 0.4
    rarer: frozenset[str] = frozenset()
    rare: float = -9.5
    foreign: float = -8.0
    pairs: float = -0.7


class Candidate(NamedTuple):
    """An encoding, the logarithm of how common it is, and the languages of its texts.

    The name is known to Python and, except for the code pages of DOS, to the web's TextDecoder.
    """

    encoding: str
    prior: float
    languages: tuple[Language, ...]


def _latin(letters: str, words: str = "") -> Language:
    return Language(letters, frozenset(words.split()))


# A text in one language with names from others.
_NAMES = Language("éüöäáíóèñçåøãßæàâêôëïîúùòìûœðþý" + "ÿõ", first=-3.6, step=0.05)
_WESTERN = (
    _latin("éàèêçûùîôâïœëüÿæ", "le la les des est et que qui une un dans pour sur pas au du en de"),
    _latin(
        "üäößé",
        "der die das und ist nicht ein eine den dem mit auf von zu im sich aus bei keine",
    ),
    _latin("óíáéñúü", "el la los las de que en un una por con para se no su del al es fue"),
    _latin("ãçáéíóêõàúâô", "os as de que em um uma por com para se do da no na foi"),
    _latin("àèìòùéíó", "il la le di che un una per con non del della si sono gli"),
    _latin("äåöé", "och att det som en av den till med var inte har om ett"),
    _latin("äöå", "ja on ei se oli kun mutta"),
    _latin("øæåéôò", "og at det som en af den til med var ikke har om et"),
    _latin("áíðéóþæöúý", "og til sem um er en var ekki hann"),
    _latin("ëéïèöüó", "de het een van en is dat op te niet"),
    _latin("àéíóèçòúïü", "el la els les de que en un una per amb no del"),
    _latin("äõüöšž", "ja on ei see oli kui"),
    _latin(
        "éïèêç",
        "a all an and are as at be but by for from has have he her his i in is it its no not of on"
        " or s t that the they this to was we were with you",
    )._replace(first=-3.0),
    _NAMES,
)
_GERMAN = _latin("üäöß", "der die das und ist nicht ein eine den dem mit auf von")
_CENTRAL = (
    _latin("łąęóśżćńź", "na do nie to jest od po co jak przy"),
    _latin("íáěéřčšžýůúňďťó", "na se je to ze do po jak ale by byl"),
    _latin("áíčéžšľýúťďňôäĺŕó", "na sa je to do po ako ale by bol"),
    _latin("áéöóőüíúű", "az hogy nem egy is meg volt"),
    _latin("čšžćđ", "je na se da za od su to"),
    _latin("ăşţîâ", "de la cu nu un din care pe au"),
    _GERMAN,
)
_TURKISH = (_latin("ışüçğöİâîû", "bir ve bu da de ki ile"),)
_BALTIC = (
    _latin("ėšųžąčįūę", "ir kad yra tai bet iš"),
    _latin("āīēšžņļūčģķ", "un ir ka no par"),
    _latin("äõüöšž", "ja on ei see oli kui"),
)


def _alphabet(letters: str, step: float = 0.11) -> Language:
    """Return a language whose letters are all beyond ASCII."""
    return Language(letters, first=-2.3, step=step, foreign=-9.0, pairs=0.0)


_RUSSIAN = _alphabet("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё")
_CYRILLIC = (
    _RUSSIAN,
    _alphabet("оанівитерсклумдпзьябгйчхцжїшюєщфґ"),  # Ukrainian
    _alphabet("аоеитнрсвлдкпмзябугъчйщцжхшфюь"),  # Bulgarian
    _alphabet("аоеинрстјувкдмлпзгбчцшњжћђхљфџ"),  # Serbian
    _alphabet("анеоіырлстукдмяьгзпўбйцхчшжюэёф"),  # Belarusian
)
_GREEK = (_alphabet("αοτειηνσςρκπυμλίάωόήδέγθχύώφβξζψϊϋΐΰ", 0.1),)
_HEBREW = (_alphabet("יהולאבתמשרנחםדקעלכפטןגצסזךםףץ", 0.1),)
_ARABIC = (_alphabet("اليمنوترهبسعدفةكقحجأشصىخطإذزضغئثءظؤآ،", 0.1),)
_THAI = (_alphabet("านรอกเ่งม้ยลวัดีทิสตะปบุคหแจพชูขใ็ไำ์ืโผซึถธศๆภษณญฟฐฉฝฮ", 0.07),)

# Two bytes for each character, so half as likely as two letters of one byte each.
_CHINESE_SIGNS = "，。、；：？！“”《》（）—…・「」『』"
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本"
    "前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很"
    "最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度"
    "门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电"
    "数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马"
    "科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万"
    "取拉格望觉术领共确传师观清今切院让识候带导争运笔早火晚星期夜幸伤受烧毁谢谁吗呢吧您叫店请找"
    "楼孩校冷变街站升会议首先赶原因警察线换"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過"
    "發後作里用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本"
    "前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很"
    "最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度"
    "門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電"
    "數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬"
    "科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬"
    "取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運筆早火晚星期夜幸傷受燒毀謝誰嗎呢吧您叫店請找"
    "樓孩校冷變街站升會議首先趕原因警察線換台灣裡"
)
_JAPANESE = (
    "のにはたをいとがしでてなるかられこもあまりさっすきくだうよそめみけせえおどつわやろちほべひばげごば"
    "びじずむへゆぎぼぶぐゃゅょふねぬんーンスルトイラリアクシドレタコフロカジテマパメニサプキチミバ"
    "日人年大一国本中出時上生会見分行前後間東事者自気場今方手何新家月思言話学来小田入社金水子高"
    "下地合車長山語通力立円動明心外電部度物体同用問名目理全最当食世私表道内代先夜川古工火根階焼原"
    "因警察持主線取替多空町議質学校天寒木花白口女男安早着開店員休読書買飲海"
    "、。「」・（）！？ァィゥェォッャュョヴダグゲザズデビブベペポ々"
)
_HANGUL = (
    "이다는에의을가고하지한은로를기사어서도나리자아대인시그있라일해수여만들으보전장게부정습니주구"
    "적과스제오면원화상것안선우마동생신연거공세요성무비경야소문했지말년관계국중회때와모물조실미"
    "들내않없않할된까되러던었았너저개통용지발명방영간차분행간바진식산학교양배현속날점작음반입트"
    "출금등래터강당두재건남단본역심특업결감단울알품표크르같위민호외드더타운망집직길려며치노천"
    "불린람합늘데각레후받건결개잘함살근월번유준열높격향복름많찰초층추키새변질침밤저녁꽃"
    "친구년색안녕세송맙겠죠네예"
)


def _eastern(letters: str, *, of: str, rows: range, step: float = 0.012) -> Language:
    """Return a language whose characters take two bytes each.

    The characters in these rows of an encoding are in use; other rows have rare ones.
    """
    cells = (bytes([row, cell]).decode(of, "ignore") for row in rows for cell in _CELLS)
    return Language(
        "".join(dict.fromkeys(letters)),
        first=-4.2,
        step=step,
        rarer=frozenset("".join(cells)),
        foreign=-12.0,
        pairs=0.0,
    )


_CELLS = range(0x40, 0xFF)


@cache
def candidates() -> tuple[Candidate, ...]:
    """Return the encodings. Their tables are made when first needed: most files are in UTF-8."""
    chinese = _eastern(
        _CHINESE_SIGNS + _SIMPLIFIED, of="gb2312", rows=range(0xB0, 0xD8), step=0.006
    )
    taiwanese = _eastern(
        _CHINESE_SIGNS + _TRADITIONAL, of="big5", rows=range(0xA4, 0xC7), step=0.006
    )
    japanese = _eastern(_JAPANESE, of="euc-jp", rows=range(0xA4, 0xD0))
    korean = _eastern(_HANGUL, of="euc-kr", rows=range(0xB0, 0xC9))
    return (
        Candidate("windows-1252", 0.0, _WESTERN),
        Candidate("windows-1250", -1.0, _CENTRAL),
        Candidate("windows-1254", -1.5, _TURKISH),
        Candidate("windows-1257", -2.0, _BALTIC),
        Candidate("iso-8859-2", -2.0, _CENTRAL),
        Candidate("macintosh", -3.0, _WESTERN),
        Candidate("cp850", -3.2, _WESTERN),
        Candidate("cp437", -3.6, _WESTERN),
        Candidate("cp852", -3.5, _CENTRAL),
        Candidate("windows-1251", -0.5, _CYRILLIC),
        Candidate("koi8-r", -1.5, (_RUSSIAN,)),
        Candidate("koi8-u", -2.0, _CYRILLIC[:2]),
        Candidate("cp866", -2.0, _CYRILLIC[:3]),
        Candidate("iso-8859-5", -3.0, _CYRILLIC),
        Candidate("mac-cyrillic", -2.0, _CYRILLIC),
        Candidate("windows-1253", -1.0, _GREEK),
        Candidate("iso-8859-7", -1.5, _GREEK),
        Candidate("windows-1255", -1.0, _HEBREW),
        Candidate("windows-1256", -1.0, _ARABIC),
        Candidate("tis-620", -1.0, _THAI),
        Candidate("ms932", -1.0, (japanese,)),
        Candidate("euc-jp", -1.5, (japanese,)),
        Candidate("gb18030", -1.0, (chinese,)),
        Candidate("big5", -1.5, (taiwanese,)),
        Candidate("euc-kr", -1.0, (korean,)),
    )
