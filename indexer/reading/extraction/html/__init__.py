"""Here is a page of the web: what does it say?

reader    the page -> its text, with its title and the rest that it says about itself
markup    the text of a run of markup, token by token; also for mail and e-books
source    where in the bytes a token is
zones     menus, footers and lines of links, which are repeated text
tags      what elements do to the text
metadata  title, author, publisher, date, address and language
"""
