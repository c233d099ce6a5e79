"""The meaning of each error code and each limit, for the README."""

__all__ = ["ERRORS", "LIMITS"]

ERRORS = {
    "body_too_large": "The request body is larger than 1 MiB.",
    "body_too_slow": "The request body did not arrive in time.",
    "config_mismatch": "The index was built with another model or other settings.",
    "document_not_found": "No document has this id or path.",
    "folder_not_found": "The folder to index is missing or cannot be listed.",
    "format_version_mismatch": "Another version of Spanlight wrote the index.",
    "generation_gone": "The cursor belongs to a generation that is no longer served. Search again.",
    "head_too_large": "The headers are more than 200, or longer than 64 KiB.",
    "head_too_slow": "The address and the headers did not arrive within 10 s.",
    "host_not_allowed": "The `Host` header does not name this server.",
    "index_damaged": "A file of the index is missing, truncated or altered. The message names it.",
    "index_locked": "Another process is writing the index. The message says which.",
    "index_not_found": "Nothing has been published at this place yet.",
    "index_unusable": "The index cannot be used.",
    "internal_error": "A bug. The server's log has the details.",
    "invalid_query": "A search parameter cannot be understood. "
    "`parameter` and `position` say where.",
    "invalid_request": "A parameter is missing, unknown or outside its limits.",
    "invalid_setting": "A setting has a value outside its limits.",
    "job_not_found": "No job has this id. Only the last 20 are remembered.",
    "job_running": "The index is already being built. `Location` names the job, if it is one.",
    "keys_missing": "The request came through a proxy, and the server has no API keys.",
    "keys_unusable": "The server cannot read its API keys at the moment, so nobody is let in.",
    "key_required": "The server requires an API key, and the request has no valid one.",
    "malformed_request": "This is not HTTP, names several hosts, or asks for WebSockets.",
    "method_not_allowed": "The route does not accept this method.",
    "model_damaged": "The model's files are not the published ones.",
    "model_loading": "The model is still loading. `Retry-After` says when to try again.",
    "model_not_found": "There is no such model folder, package or reachable hub name.",
    "model_unusable": "The model cannot be used.",
    "not_found": "There is no such route.",
    "origin_not_allowed": "The request comes from a page of another site, "
    "or a proxy does not pass on `Host`.",
    "overloaded": "Too many requests are waiting. `Retry-After` says when to try again.",
    "original_changed": "The file is no longer the one that was indexed, or cannot be read.",
    "originals_off": "The server is set not to give out files.",
    "page_not_found": "The document has no such page, or it cannot be drawn.",
    "passage_not_found": "No passage has this id; its file may have changed.",
    "rate_limited": "This key, or without a key this address, sends too many requests. "
    "`Retry-After` says when to try again.",
    "removals_refused": "A build would remove most documents, it seems by accident: "
    "probably a disk is not mounted.",
    "request_refused": "The server does not accept this request now.",
    "scope_missing": "The API key lacks the scope that the route needs.",
    "semantic_unavailable": "The index was built with `--model none`, "
    "or no passage has a vector yet.",
    "storage_error": "The disk is full, read-only or failing.",
    "timed_out": "The answer was not ready in time. Ask for less.",
    "too_many_connections": "All connections of the server are busy.",
    "wrong_folder": "The index belongs to another folder.",
}

LIMITS = {
    "MAX_FILTERS": "filters in one query",
    "MAX_GLOB_CHARS": "characters in a path glob",
    "MAX_LIMIT": "hits on one page",
    "MAX_LISTED_SKIPPED": "skipped files, and detected encodings, listed in the report of a job",
    "MAX_MEDIA_TYPE_CHARS": "characters in a media type",
    "MAX_OPERATORS": "phrases, groups, alternatives, prefixes and typos in one query, together",
    "MAX_QUERY_CHARS": "characters in a query",
    "LONG_QUERY_CHARS": "characters in a query with operators",
    "MAX_AUTHOR_CHARS": "characters in the name of an author",
    "MAX_LISTED": "files on one page of `GET /v1/documents`",
    "MAX_QUOTATION_CHARS": "characters in a quotation for `POST /v1/verify`",
    "MAX_SOURCE_CHARS": "characters of a text whose pieces are told at once",
    "MAX_REACH": "hits that paging reaches",
    "MAX_WILDCARDS": "wildcards in a path glob",
}
