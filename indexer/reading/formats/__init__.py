"""Here is a text: what are its title and its headings?

markdown           Markdown
restructuredtext   reStructuredText
plain_text         anything else
"""
