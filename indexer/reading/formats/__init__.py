"""Here is a text: what are its title and headings?

markdown           Markdown
restructuredtext   reStructuredText
org                Org
asciidoc           AsciiDoc
plain_text         anything else
front_matter       the YAML or TOML before any of them
lines              the form of a text in which they look for lines
markup             what inline markup displays
"""
