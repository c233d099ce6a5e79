"""What may a client send, and what does it get back? The published contract of the HTTP API.

strict       what every request is held to
limits       how much one request may ask for
documents    documents, their text, and spans of it
passages     passages, their neighbours, and copies of them
hits         passages that answer, and why
search       searches, batches, similar passages, and the answers
suggestions  completions of a query
quotations   quotations to be checked, and the verdicts
jobs         builds that a client asks for
status       what answers, how the folder has changed since, readiness
problems     errors as clients read them
errors       the exceptions behind these
version      the version of Spanlight
"""
