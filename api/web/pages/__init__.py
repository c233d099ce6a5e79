"""What does a person see? The web page, rendered on the server.

Every page is whole without JavaScript, and its address holds all of its state.

routes       which page each address shows
views        what is on a page
addresses    addresses -> a search or a place in a document, and back
rendering    templates -> pages
refusal      what is shown where a request cannot be answered
citations    a quotation as people and programs cite it
marked_text  text with spans marked in it, as HTML
templates    the pages' HTML
static       styles, scripts and icon
"""
