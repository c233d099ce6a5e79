"""Here is a generation: what does it contain, and which questions does it answer?

folder            the layout of an index on disk; how generations are published, found and pruned
generation        one generation on disk, with the checksums of its files
disk/             files that survive power loss, the writer's lock, the record of walks
manifest          the file that describes a generation
snapshot          one published generation, open for reading; all other code goes through it
catalog           the documents of a generation, in memory
analysis/         text -> terms, the same for the index, queries and highlights
lexical/          passages by their words, with clauses (the query)
vectors/          passages by their vectors
near_duplicates   passages that repeat each other
store/            the text of every passage, in tables made from records
"""
