"""What may a client send, and what does it get back? The published contract of the HTTP API.

refusals     what every request is checked for, and errors as clients see them
limits       how much one request may ask for
documents    documents, their text, and spans of it
sources      where in its file a text is from
passages     passages, their neighbours, and copies of them
hits         passages that answer, and why they rank where they do
search       searches, batches and similar passages, with their answers
lists        completions of a query; documents and skipped files
quotations   quotations to check, and verdicts on them
jobs         builds started by a client
status       the index that answers, changes in its folder, readiness
errors       the exceptions behind these errors
version      the version of Spanlight
"""
