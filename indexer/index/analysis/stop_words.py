"""The languages of the analysis, and their function words, which a query may leave out."""

__all__ = ["LANGUAGES", "MORE_STOP_WORDS", "NEGATIONS", "SCRIPTS", "STEMMED", "WITH_STOP_WORDS"]

# The languages of tantivy's Snowball stemmers and of its stop word lists.
# fmt: off
STEMMED = [
    "arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian",
    "italian", "norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "tamil",
    "turkish",
]
WITH_STOP_WORDS = [
    "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian",
    "norwegian", "portuguese", "russian", "spanish", "swedish",
]
# fmt: on
LANGUAGES = (*STEMMED, "none")
# The scripts of languages that are not written in Latin, by their names in Unicode.
SCRIPTS = {"arabic": "ARABIC", "greek": "GREEK", "russian": "CYRILLIC", "tamil": "TAMIL"}
# tantivy's English list is the shortest: unlike the others, it lacks question words, auxiliary
# verbs and pronouns. Words that often mean something else are not added: may, might, us.
# fmt: off
MORE_STOP_WORDS = {
    "english": [
        "am", "been", "being", "can", "could", "did", "do", "does", "doing", "done", "had", "has",
        "have", "having", "he", "her", "him", "his", "how", "i", "its", "me", "must", "my", "our",
        "shall", "she", "should", "them", "we", "what", "when", "where", "which", "who", "whom",
        "whose", "why", "would", "you", "your",
    ],
}
# fmt: on
# Words of tantivy's lists that turn the meaning of a sentence around.
NEGATIONS = {
    "danish": {"ikke", "uden", "ingen", "intet", "aldrig"},
    "dutch": {"niet", "geen", "zonder", "niets", "nooit"},
    "english": {"not", "no", "never", "without", "nor"},
    "finnish": {"ei", "en", "et", "emme", "ette", "eivät", "ilman"},
    "french": {"ne", "pas", "non", "sans", "jamais"},
    "german": {"nicht", "kein", "keine", "keinem", "keinen", "keiner", "keines", "nichts", "ohne"},
    "hungarian": {"nem", "ne", "nincs", "nélkül", "soha"},
    "italian": {"non", "senza", "mai"},
    "norwegian": {"ikke", "ikkje", "uten", "ingen", "aldri"},
    "portuguese": {"não", "sem", "nunca"},
    "russian": {"не", "нет", "ни", "без", "нельзя", "никогда"},
    "spanish": {"no", "sin", "nunca", "ni", "nada"},
    "swedish": {"inte", "utan", "ej", "ingen", "aldrig"},
}
