"""Here is a text: what are its title and headings?

markdown           Markdown
restructuredtext   reStructuredText
plain_text         anything else
"""
