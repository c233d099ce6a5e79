"""Query that is still being typed -> the query with its last word as a beginning."""

from dataclasses import replace

from api.query.query import Query
from api.query.query_tokens import tokenize
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import Clause, Occur, Prefix, Words
from indexer.index.snapshot import Snapshot

__all__ = ["with_unfinished_word"]


def with_unfinished_word(query: Query, snapshot: Snapshot) -> Query | None:
    """Return the query with a prefix for its last word; None if that word is finished.

    It is finished if text follows it, if it is a word of the corpus itself, and if no word of the
    corpus begins with it.
    """
    last = list(tokenize(query.text))[-1]
    if last.kind != "word" or last.end < len(query.text) or not last.text.isalnum():
        return None
    words = snapshot.analyzer.word_texts(last.text)
    if len(words) != 1 or Analyzer.is_unspaced(last.text[-1]) or snapshot.has_word(words[0]):
        return None
    match query.clauses:
        case (*before, Clause(Occur.SHOULD, Words(text))) if text.endswith(last.text):
            if not snapshot.words_with_prefix(words[0], 1):
                return None
            whole = text.removesuffix(last.text).rstrip()
            kept = [Clause(Occur.SHOULD, Words(whole))] if whole else []
            prefix = Clause(Occur.SHOULD, Prefix(last.text))
            return replace(query, clauses=(*before, *kept, prefix))
    return None
