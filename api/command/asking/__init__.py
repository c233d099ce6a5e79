"""How is an index asked from a shell?

search     `spanlight search`: the best sentences, each with its place
cite       `spanlight cite`: a quotation with title, place and date
verify     `spanlight verify`: whether a quotation is in its file
open       `spanlight open`: a hit in an editor or viewer
status     `spanlight status`: the folders that have an index
running    options, errors and exit codes that these commands share
answering  which index is asked, and whether by a server or in this process
remote     a running server
local      an index opened in this process
places     where a hit is, for people and for editors
printing   text that is safe on a terminal, with colours only there
"""
