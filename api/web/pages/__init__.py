"""What does a person see? The web page, rendered on the server.

Every page works without JavaScript, and its address contains its whole state.

routes       which page each address shows
views        what is on a page
addresses    addresses -> a search or a place in a document, and back
rendering    templates -> pages
refusal      the page for a request that cannot be answered
citations    citations of a quotation, for people and for programs
marked_text  text with spans marked in it, as HTML
templates    the pages' HTML
static       styles, scripts and icon
"""
