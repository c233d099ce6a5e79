"""Is every request answered as the OpenAPI document says?

command.py             options -> requests by schemathesis and raw ones, and their results
schemathesis_hooks.py  right answers that the OpenAPI document cannot describe
raw_requests.py        requests that no client library would send
"""
