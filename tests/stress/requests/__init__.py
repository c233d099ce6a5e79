"""Is every request answered as the API's description says?

command.py             options -> requests by schemathesis and raw ones, and what came of them
schemathesis_hooks.py  what the description cannot say: which answers are right after all
raw_requests.py        requests that no client library would send
"""
