"""Here is a file that contains files: which ones, under what names?

kinds    the kinds of such files, by name and content: archives, compressed files, mails
names    the names of members, made safe
packed   what is inside one archive, unpacked within limits
members  all files inside a file, also those in archives inside it
"""
