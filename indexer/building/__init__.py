"""Here is a folder and perhaps an index of it: how does the index catch up?

build               the pipeline, from the folder to published generations
changes             which files differ from those that were indexed
survey              which lines the files of a folder share
preparation         what is computed of one file, in other processes where there are many
embedding_queue     the texts without vectors, embedded beside all else
generation_writer   the files of one generation
publisher           what is published, and when
check               whether the parts of an index agree
backup              a copy of an index, while it is asked and built
"""
