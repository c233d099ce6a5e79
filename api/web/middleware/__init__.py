"""What surrounds every request? From the outside in:

observation     its id, log line, metrics and trace; an answer even after a failure
headers         security headers for browsers
hosts           whether the request is meant for this server, and which site sent it
authentication  who sends it
rates           whether that caller sends too many requests
admission       its body, its turn, its time
refusing        how each of these refuses a request
"""
