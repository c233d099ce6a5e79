"""What surrounds every request? From the outside in:

observation     its id, its log line, its metrics, its trace; an answer whatever happens inside
headers         what browsers are told to refuse
hosts           whether the request is meant for this server, and where it comes from
authentication  whose request it is
rates           whether that caller asks too often
admission       its body, its turn, its time
refusing        how each of these refuses a request
"""
