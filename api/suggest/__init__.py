"""How can a query be completed while it is typed, and which word was meant?

suggestions  words, phrases and titles that complete a query
typed        the plain text at the end of a query, which can be completed
places       how many of each kind are shown
titles       titles, looked up by the beginnings of their words
noise        ids, hashes and encoded data, which are not suggested
occurrences  how often words occur in the corpus, how they are spelt, and what follows them
spelling     replacements for words that do not occur in the corpus
"""
