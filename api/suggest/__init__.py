"""What may a query become while it is typed, and which word was meant?

suggestions  words, phrases and titles that complete a query
titles       titles by the beginnings of their words
occurrences  how often words occur in the corpus, how they are written, what follows them
spelling     words that the corpus lacks, and the nearest ones that it has
"""
