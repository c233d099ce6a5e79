"""Here are the bytes of a file: what is their encoding?

decoding      bytes -> text, by the first way that tells the encoding
configured    the encodings that a person has named for files of a folder
declared      the encoding that a text declares itself
detection     the encoding of any other text: its most plausible reading
plausibility  how plausible a reading is
places        where in a text a letter or a mark may be
languages     the letters of languages, and the encodings of their old texts
"""
