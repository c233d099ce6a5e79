"""Paragraphs in many languages, and the encodings in which old files have them."""

__all__ = ["LEGACY_TEXTS"]

_WESTERN = ("windows-1252", "macintosh", "cp850", "cp437")
_WESTERN_BUT_CP437 = _WESTERN[:3]
_CENTRAL = ("windows-1250", "iso-8859-2", "cp852")
_CYRILLIC = ("windows-1251", "koi8-r", "cp866", "iso-8859-5", "mac-cyrillic")

LEGACY_TEXTS: dict[str, tuple[tuple[str, ...], str]] = {
    "english": (
        ("windows-1252", "macintosh"),
        "The harbour master said “no” twice — and meant it. It’s hard to tell whether the "
        "café’s owner, Mr. O’Neill, had read the notice… “We don’t close on Sundays,” he "
        "told us, “and we won’t start now.” The ferry costs £5, the naïve visitor pays £10. "
        "© 1998 Harbour Board – all rights reserved. Students’ tickets aren’t sold here. The "
        "temperature fell to 3°C by night; nobody’d expected that. “It’s over,” said Zoë, "
        "“isn’t it?”",
    ),
    "french": (
        _WESTERN,
        "Le café était déjà plein quand nous sommes arrivés. La serveuse, très occupée, nous "
        "a demandé d'attendre près de la fenêtre. L'été dernier, les élèves de l'école ont "
        "planté des hêtres le long de la forêt. Où est la clé de la voiture ? Je l'ai "
        "laissée à côté de l'évier. Ça va être une journée magnifique, même si la météo "
        "prévoit des averses. Le maître n'a pas cédé : il a préféré se taire plutôt que de "
        "répéter ce qu'il avait entendu à Noël. Les garçons ont reçu des cadeaux étonnants.",
    ),
    "german": (
        _WESTERN,
        "Gestern Abend wurde die Feuerwehr zu einer alten Fabrik am Fluss gerufen. Die Größe "
        "des Gebäudes machte die Löscharbeiten schwierig. Für die Bewohner der Straße "
        "bestand keine Gefahr, aber sie mussten ihre Häuser für einige Stunden räumen. Über "
        "die Ursache ist noch nichts bekannt; möglicherweise löste ein Kurzschluss das Feuer "
        "aus. Der Bürgermeister dankte den Helfern für ihre Mühe. Ärzte und Pfleger hätten "
        "außergewöhnlich schnell gehandelt, erklärte er. Künftig müssten ältere Gebäude "
        "häufiger überprüft werden.",
    ),
    "spanish": (
        _WESTERN,
        "Anoche llamaron a los bomberos para apagar un incendio en una vieja fábrica junto "
        "al río. El fuego dañó el tejado y parte del primer piso, pero nadie resultó herido. "
        "¿Qué pasó después? Según la policía, la causa fue un cable eléctrico que el dueño "
        "quería cambiar mañana. La señora Núñez, que vive enfrente, contó que oyó una "
        "explosión y corrió al balcón. Los niños jugaban en el jardín y no vieron nada. El "
        "próximo año habrá más inspecciones, prometió el alcalde. ¡Ojalá sea así!",
    ),
    "portuguese": (
        _WESTERN_BUT_CP437,
        "Ontem à noite os bombeiros foram chamados a uma fábrica antiga junto ao rio. O "
        "incêndio atingiu o telhado e parte do primeiro andar, mas felizmente ninguém ficou "
        "ferido. A população não corre perigo, informou a câmara municipal. As crianças da "
        "escola já voltaram às aulas. A investigação ainda não terminou; é possível que a "
        "instalação elétrica estivesse em más condições. O dono da fábrica disse que a "
        "reparação começará amanhã. Há muitos anos que não se via um incêndio assim na "
        "região.",
    ),
    "italian": (
        _WESTERN,
        "La città è là, oltre il fiume. Ieri sera i vigili del fuoco sono stati chiamati per "
        "un incendio in una vecchia fabbrica. Perché nessuno è rimasto ferito? Perché gli "
        "operai erano già usciti. Il sindaco ha detto che la verità verrà fuori più tardi. "
        "Però molti non gli credono più. Lunedì ci sarà una riunione nella sala del caffè, "
        "così tutti potranno parlare. La società elettrica dovrà pagare i danni. Chissà se "
        "ciò basterà.",
    ),
    "swedish": (
        _WESTERN,
        "I går kväll kallades brandkåren till en gammal fabrik vid ån. Elden förstörde taket "
        "och en del av första våningen, men lyckligtvis skadades ingen. Orsaken är ännu "
        "oklar, säger polisen. Ägaren hade tänkt byta ut ledningarna i år. Många människor "
        "stod på gatan och såg på när lågorna slog upp mot himlen. På måndag ska kommunen "
        "hålla ett möte där alla får ställa frågor. Därför är skolan stängd. Också båtarna "
        "låg kvar i hamnen över natten.",
    ),
    "danish": (
        _WESTERN_BUT_CP437,
        "I går aftes blev brandvæsenet kaldt til en gammel fabrik ved åen. Ilden ødelagde "
        "taget og en del af første sal, men heldigvis kom ingen til skade. Årsagen er endnu "
        "ikke kendt, siger politiet. Ejeren havde længe ønsket at udskifte ledningerne. "
        "Mange mennesker stod på gaden og så på, mens flammerne slog højt op. På mandag "
        "holder kommunen et møde, hvor alle må stille spørgsmål. Børnene får fri fra skole, "
        "og færgen sejler først næste dag.",
    ),
    "finnish": (
        _WESTERN,
        "Eilen illalla palokunta kutsuttiin vanhalle tehtaalle joen rannalle. Tuli "
        "vahingoitti kattoa ja osaa ensimmäisestä kerroksesta, mutta onneksi kukaan ei "
        "loukkaantunut. Syytä ei vielä tiedetä, poliisi sanoo. Omistaja oli aikonut vaihtaa "
        "johdot tänä vuonna. Monet ihmiset seisoivat kadulla ja katselivat, kun liekit "
        "nousivat yöllä taivaalle. Maanantaina kunta järjestää kokouksen, jossa jokainen saa "
        "esittää kysymyksiä. Sää on kylmää ja lämpötila laskee yhä.",
    ),
    "icelandic": (
        _WESTERN_BUT_CP437,
        "Í gærkvöldi var slökkviliðið kallað að gamalli verksmiðju við ána. Eldurinn skemmdi "
        "þakið og hluta fyrstu hæðar, en sem betur fer slasaðist enginn. Orsökin er enn "
        "óþekkt, segir lögreglan. Eigandinn hafði ætlað að skipta um raflagnir á þessu ári. "
        "Margir stóðu á götunni og horfðu á þegar logarnir stigu upp í himininn. Á "
        "mánudaginn heldur bærinn fund þar sem allir mega spyrja spurninga. Veðrið verður "
        "kalt og það snjóar.",
    ),
    "polish": (
        _CENTRAL,
        "Spotkanie w Łodzi, św. Anna. Wczoraj późnym wieczorem strażacy zostali wezwani do "
        "pożaru w starej fabryce przy ulicy Źródlanej. Ogień objął dach i część piętra, ale "
        "na szczęście nikt nie został ranny. Przyczyna nie jest jeszcze znana, mówi policja. "
        "Właściciel chciał w tym roku wymienić przewody. Wielu ludzi stało na ulicy i "
        "patrzyło, jak płomienie wznoszą się ku niebu. W poniedziałek gmina zorganizuje "
        "zebranie, na którym każdy będzie mógł zadać pytanie. Dzieci nie pójdą do szkoły.",
    ),
    "czech": (
        _CENTRAL,
        "Včera večer byli hasiči povoláni k požáru staré továrny u řeky. Oheň zničil střechu "
        "a část prvního patra, ale naštěstí nebyl nikdo zraněn. Příčina zatím není známa, "
        "říká policie. Majitel chtěl letos vyměnit vedení. Mnoho lidí stálo na ulici a "
        "dívalo se, jak plameny šlehají k nebi. V pondělí uspořádá obec schůzi, na které se "
        "každý bude moci zeptat. Žáci zůstanou doma, protože škola je zavřená. Počasí bude "
        "chladné a možná přijde sníh. Šéf hasičů poděkoval všem.",
    ),
    "hungarian": (
        _CENTRAL,
        "Tegnap este tűzoltókat hívtak egy régi gyárhoz a folyó mellett. A tűz megrongálta a "
        "tetőt és az első emelet egy részét, de szerencsére senki sem sérült meg. Az okot "
        "még nem ismerik, mondja a rendőrség. A tulajdonos idén akarta kicserélni a "
        "vezetékeket. Sokan álltak az utcán és nézték, ahogy a lángok az égre csapnak. "
        "Hétfőn a község gyűlést tart, ahol mindenki kérdezhet. A gyerekek nem mennek "
        "iskolába, és a hőmérséklet tovább süllyed. Őszintén köszönjük a segítséget.",
    ),
    "romanian": (
        _CENTRAL,
        "Aseară pompierii au fost chemaţi la o fabrică veche de lângă râu. Focul a distrus "
        "acoperişul şi o parte din primul etaj, dar din fericire nimeni nu a fost rănit. "
        "Cauza nu este încă cunoscută, spune poliţia. Proprietarul voia să schimbe firele în "
        "acest an. Mulţi oameni stăteau pe stradă şi se uitau cum flăcările se ridică spre "
        "cer. Luni primăria va ţine o şedinţă la care toţi pot pune întrebări. Copiii nu "
        "merg la şcoală, iar vremea va fi rece.",
    ),
    "croatian": (
        _CENTRAL,
        "Sinoć su vatrogasci pozvani u staru tvornicu pokraj rijeke. Vatra je oštetila krov "
        "i dio prvog kata, ali srećom nitko nije ozlijeđen. Uzrok još nije poznat, kaže "
        "policija. Vlasnik je ove godine želio zamijeniti vodove. Mnogo je ljudi stajalo na "
        "ulici i gledalo kako plamen ide prema nebu. U ponedjeljak će općina održati "
        "sastanak na kojem će svatko moći postaviti pitanje. Djeca neće ići u školu, a "
        "vrijeme će biti hladno. Čini se da će uskoro pasti snijeg.",
    ),
    "turkish": (
        ("windows-1254",),
        "Dün akşam itfaiyeciler nehir kıyısındaki eski fabrikaya çağrıldı. Yangın çatıyı ve "
        "birinci katın bir bölümünü sardı, ancak neyse ki kimse yaralanmadı. Nedeni henüz "
        "bilinmiyor, diyor polis. Sahibi bu yıl kabloları değiştirmek istiyordu. Birçok kişi "
        "sokakta durup alevlerin göğe yükselişini izledi. Pazartesi günü belediye herkesin "
        "soru sorabileceği bir toplantı yapacak. Çocuklar okula gitmeyecek, hava da soğuk "
        "olacak. İstanbul'a giden tren gecikti.",
    ),
    "lithuanian": (
        ("windows-1257",),
        "Vakar vakare ugniagesiai buvo iškviesti į seną gamyklą prie upės. Ugnis apėmė stogą "
        "ir dalį pirmojo aukšto, bet laimei niekas nenukentėjo. Priežastis dar nežinoma, "
        "sako policija. Savininkas šiemet norėjo pakeisti laidus. Daug žmonių stovėjo "
        "gatvėje ir žiūrėjo, kaip liepsnos kyla į dangų. Pirmadienį savivaldybė rengs "
        "susirinkimą, kuriame kiekvienas galės klausti. Vaikai neis į mokyklą, o oras bus "
        "šaltas.",
    ),
    "russian": (
        _CYRILLIC,
        "Вчера вечером пожарных вызвали на старую фабрику у реки. Огонь охватил крышу и "
        "часть первого этажа, но, к счастью, никто не пострадал. Причина пока неизвестна, "
        "сообщает полиция. Владелец хотел в этом году заменить проводку. Много людей стояло "
        "на улице и смотрело, как пламя поднимается к небу. В понедельник администрация "
        "проведёт собрание, на котором каждый сможет задать вопрос. Дети не пойдут в школу, "
        "а погода будет холодной.",
    ),
    "ukrainian": (
        ("windows-1251", "koi8-u"),
        "Учора ввечері пожежників викликали на стару фабрику біля річки. Вогонь охопив дах і "
        "частину першого поверху, але, на щастя, ніхто не постраждав. Причина поки невідома, "
        "повідомляє поліція. Власник хотів цього року замінити проводку. Багато людей стояло "
        "на вулиці й дивилося, як полум'я підіймається до неба. У понеділок громада проведе "
        "збори, на яких кожен зможе поставити запитання. Діти не підуть до школи, а погода "
        "буде холодною. Її чекають усі.",
    ),
    "bulgarian": (
        ("windows-1251", "iso-8859-5"),
        "Снощи пожарникарите бяха извикани в стара фабрика край реката. Огънят засегна "
        "покрива и част от първия етаж, но за щастие никой не пострада. Причината още не е "
        "известна, съобщава полицията. Собственикът искаше тази година да смени кабелите. "
        "Много хора стояха на улицата и гледаха как пламъците се издигат към небето. В "
        "понеделник общината ще проведе събрание, на което всеки ще може да задава въпроси. "
        "Децата няма да ходят на училище.",
    ),
    "greek": (
        ("windows-1253", "iso-8859-7"),
        "Χθες το βράδυ οι πυροσβέστες κλήθηκαν σε ένα παλιό εργοστάσιο δίπλα στο ποτάμι. Η "
        "φωτιά έκαψε τη στέγη και ένα μέρος του πρώτου ορόφου, αλλά ευτυχώς κανείς δεν "
        "τραυματίστηκε. Η αιτία δεν είναι ακόμη γνωστή, λέει η αστυνομία. Ο ιδιοκτήτης ήθελε "
        "φέτος να αλλάξει τα καλώδια. Πολλοί άνθρωποι στέκονταν στον δρόμο και κοίταζαν τις "
        "φλόγες. Τη Δευτέρα ο δήμος θα κάνει συνέλευση. Τα παιδιά δεν θα πάνε σχολείο.",
    ),
    "hebrew": (
        ("windows-1255",),
        "אתמול בערב הוזעקו כבאים למפעל ישן ליד הנהר. האש אחזה בגג ובחלק מהקומה הראשונה, אך "
        "למרבה המזל איש לא נפגע. הסיבה עדיין לא ידועה, אומרת המשטרה. הבעלים רצה להחליף השנה "
        "את הכבלים. אנשים רבים עמדו ברחוב והסתכלו איך הלהבות עולות לשמיים. ביום שני תערוך "
        "העירייה אסיפה שבה כל אחד יוכל לשאול שאלות. הילדים לא ילכו לבית הספר, ומזג האוויר "
        "יהיה קר.",
    ),
    "arabic": (
        ("windows-1256",),
        "استدعي رجال الإطفاء مساء أمس إلى مصنع قديم بجانب النهر. التهمت النيران السقف وجزءا "
        "من الطابق الأول، ولكن لحسن الحظ لم يصب أحد بأذى. السبب غير معروف حتى الآن، تقول "
        "الشرطة. أراد المالك هذا العام تغيير الأسلاك. وقف كثير من الناس في الشارع ينظرون إلى "
        "اللهب وهو يرتفع نحو السماء. يوم الاثنين ستعقد البلدية اجتماعا يستطيع فيه كل شخص أن "
        "يسأل. لن يذهب الأطفال إلى المدرسة.",
    ),
    "thai": (
        ("tis-620",),
        "เมื่อคืนนี้นักดับเพลิงถูกเรียกไปยังโรงงานเก่าริมแม่น้ำ "
        "ไฟไหม้หลังคาและบางส่วนของชั้นหนึ่ง แต่โชคดีที่ไม่มีใครได้รับบาดเจ็บ "
        "ตำรวจบอกว่ายังไม่ทราบสาเหตุ เจ้าของอยากเปลี่ยนสายไฟในปีนี้ "
        "คนจำนวนมากยืนอยู่บนถนนและมองดูเปลวไฟลอยขึ้นไปบนท้องฟ้า "
        "วันจันทร์เทศบาลจะจัดประชุมที่ทุกคนถามได้ เด็กๆ จะไม่ไปโรงเรียนและอากาศจะเย็น",
    ),
    "japanese": (
        ("ms932", "euc-jp"),
        "昨日の夜、川のそばにある古い工場で火事がありました。屋根と一階の一部が焼けましたが、幸"
        "いけが人はいませんでした。原因はまだ分かっていないと警察は話しています。持ち主は今年、"
        "電線を取り替えるつもりでした。多くの人が道に立って、炎が空に上がるのを見ていました。月"
        "曜日に町で会議があり、だれでも質問することができます。子どもたちは学校に行きません。天"
        "気は寒くなるでしょう。コーヒーとパンを用意します。",
    ),
    "korean": (
        ("euc-kr",),
        "어제 저녁 소방관들이 강가의 오래된 공장으로 출동했다. 불은 지붕과 일층 "
        "일부를 태웠지만 다행히 다친 사람은 없었다. 경찰은 아직 원인을 알 수 없다고 "
        "말한다. 주인은 올해 전선을 바꾸려고 했다. 많은 사람들이 길에 서서 불꽃이 "
        "하늘로 올라가는 것을 보았다. 월요일에 시청에서 모두가 질문할 수 있는 회의가 "
        "열린다. 아이들은 학교에 가지 않고 날씨는 추울 것이다. 안녕하세요, "
        "감사합니다.",
    ),
    "chinese": (
        ("gb18030",),
        "你好，世界。昨天晚上，消防员赶到河边的一座老工厂灭火。大火烧毁了屋顶和一楼的一部分，幸"
        "好没有人受伤。警察说，起火的原因还不知道。厂主今年本来想更换电线。很多人站在街上，看着"
        "火焰升上天空。星期一市政府要开会，每个人都可以提问题。孩子们不去学校，天气也会变冷。我"
        "们应该感谢所有帮助过我们的人。",
    ),
    "taiwanese": (
        ("big5",),
        "你好，世界。昨天晚上，消防員趕到河邊的一座老工廠滅火。大火燒毀了屋頂和一樓的一部分，幸"
        "好沒有人受傷。警察說，起火的原因還不知道。廠主今年本來想更換電線。很多人站在街上，看著"
        "火焰升上天空。星期一市政府要開會，每個人都可以提問題。孩子們不去學校，天氣也會變冷。我"
        "們應該感謝所有幫助過我們的人。",
    ),
}
