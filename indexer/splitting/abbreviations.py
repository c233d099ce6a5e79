"""Words before a full stop that does not end a sentence."""

__all__ = ["ABBREVIATIONS", "BEFORE_NUMBERS", "LONGEST_ABBREVIATION"]

# A full stop after one of these does not end a sentence.
ABBREVIATIONS = frozenset(
    [
        *["al", "approx", "bzw", "capt", "cf", "ch", "chap", "co", "col", "corp", "dept", "dr"],
        *["ed", "eds", "eq", "eqn", "fig", "figs", "gen", "gov", "hon", "inc", "jr", "lt", "ltd"],
        *["messrs", "mlle", "mme", "mr", "mrs", "ms", "mt", "p", "pp", "prof", "ref", "refs"],
        *["rep", "rev", "sec", "sect", "sen", "sgt", "sr", "st", "vgl", "vol", "vols", "vs"],
        *["акад", "гл", "гр", "др", "им", "обл", "пер", "пл", "пр", "проф", "рис", "см", "ст"],
        *["стр", "тов", "ул"],
    ]
)
# Nor does it after one of these, if a number follows.
BEFORE_NUMBERS = frozenset(
    [
        *["abs", "apr", "art", "aug", "ca", "dec", "feb", "jan", "jul", "jun", "mar", "no", "nos"],
        *["nov", "nr", "oct", "op", "par", "sep", "sept", "tab"],
    ]
)
LONGEST_ABBREVIATION = 16
