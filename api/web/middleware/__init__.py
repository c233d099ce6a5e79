"""What surrounds every request? From the outside in:

observation     its id, log line, metrics and trace; an answer even after a failure
headers         security headers for browsers
hosts           whether the request is meant for this server, and which site sent it
authentication  who sends it, and whether a key is missing
rates           whether that caller sends too many requests
admission       its body, its turn, its time
methods         HEAD and OPTIONS
compression     large answers, compressed
conditions      answers that the client has already
routing         which route a path belongs to
refusing        how each of these refuses a request
"""
