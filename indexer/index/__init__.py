"""Here is a generation: what does it hold, and what can it be asked?

generation        where an index lies on disk, and how a generation is published, opened and pruned
disk              files that survive power loss, and the writer's lock
manifest          the file that describes a generation
snapshot          one published generation, open for reading: the way in for everything else
catalog           the documents of a generation, in memory
lexical/          passages by their words, with analyzer (text -> terms) and clauses (what is asked)
vectors/          passages by their vectors
near_duplicates   which passages repeat each other
store/            the text of every passage, in tables made from records
"""
