"""Here is a folder and perhaps an index of it: how does the index catch up?

build               the pipeline, from the folder to published generations
task                the folder, its index and its settings
report              what a build has done
planning            what a build has to do
survey              which lines the files of a folder share
preparation         computes everything about one file, in other processes if there are many
embedding_queue     embeds the texts without vectors, in a second thread
generation_writer   writes the files of one generation
publisher           decides what is published, and when
check               checks whether the parts of an index agree
document_check      checks the text and the map of one document
backup              copies an index, even while it is searched and built
"""
