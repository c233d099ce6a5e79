"""What do PDF, Word, mail and so on cost, and are they found as well as text?

formats  the speed of each reader, the memory of the reading child, and builds without changes
mixed    the texts of a judged set in many formats, searched beside the same texts as text files

command   the line of work of both
texts     texts with a title and paragraphs, from the files of a folder
writing/  texts -> files of each format
reading   the speed of the reading child
finding   what is found of mixed files, and of text files
"""
