"""Whether anything answers a query, judged by the best hit's confidence. Pure."""

from enum import StrEnum

__all__ = ["LEAST_CONFIDENCE", "LEAST_NEAR", "Answers", "verdict"]

# Less than 5 % of the queries that a judged set answers have no better hit, and more than 90 % of
# the queries of other sets (scripts/README.md).
LEAST_CONFIDENCE = 0.06
# By words alone, more passages match by chance.
LEAST_CONFIDENCE_BY_WORDS = 0.07
# Below this, a passage that matches no word is a neighbour by chance. On the sample corpus, most
# paraphrases that share no word with their passage have 0.02 to 0.07, and nonsense at most 0.013.
LEAST_NEAR = 0.015
# From here on, a hit is more likely to answer than not.
LIKELY = 0.5


class Answers(StrEnum):
    """Whether the hits seem to answer the query."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


def verdict(best_confidence: float, *, by_words: bool) -> Answers:
    """Return whether hits answer whose best one has this confidence, or 0 if there are none.

    `by_words`: nothing but the words was asked for.
    """
    least = LEAST_CONFIDENCE_BY_WORDS if by_words else LEAST_CONFIDENCE
    if best_confidence >= LIKELY:
        return Answers.YES
    return Answers.MAYBE if best_confidence >= least else Answers.NO
