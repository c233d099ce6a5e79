"""Which terms does a text consist of? One analysis for the index, queries and highlights.

analyzer      text -> terms with spans, and the text that the engine gets
rewriting     a rewritten text, and where in the original each code point was
escapes       what escapes, character references and codes for terminals stand for
normal_form   Unicode's NFKC_Casefold, without accents
scripts       scripts without blanks between words
identifiers   identifiers and web addresses
compounds     words with signs inside or beside them
parsing       a text in normal form -> its words, other spellings and identifiers
forms         the same, as text for the index, and faster
stop_words    languages and their function words
"""
