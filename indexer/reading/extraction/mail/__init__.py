"""Here is a mail or a box of mails: what does it say, and where in the file?

header      the fields of a header, their words and parameters
structure   the parts of a mail, each with its bytes in the file
charset     the charset of a part
transfer    the lines of a part, decoded from quoted-printable or base64
mbox        the messages of an mbox file
reader      the text of a mail or of an mbox file
"""
