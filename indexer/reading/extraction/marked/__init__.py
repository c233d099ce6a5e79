"""Here is a text with the marks of a program between its words: what does a person read?

notebook      the cells of Jupyter notebooks and their text outputs
json_strings  JSON with the places of its strings
rtf           the text of RTF, and of the notes and margins in it
rtf_controls  the control words of RTF that matter for its text
subtitles     what is said in SRT and WebVTT
"""
