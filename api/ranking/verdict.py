"""Whether anything answers a query, judged by the best hit's confidence. Pure."""

from enum import StrEnum

__all__ = ["LEAST_CONFIDENCE", "LEAST_NEAR", "Answers", "verdict"]

# Less than 5 % of the queries that a judged set answers have no better hit, and more than 90 % of
# the queries of other sets (scripts/README.md).
LEAST_CONFIDENCE = 0.06
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


def verdict(best_confidence: float) -> Answers:
    """Return whether hits answer whose best one has this confidence, or 0 if there are none."""
    if best_confidence >= LIKELY:
        return Answers.YES
    return Answers.MAYBE if best_confidence >= LEAST_CONFIDENCE else Answers.NO
