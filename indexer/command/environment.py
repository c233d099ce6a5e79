"""The variables that begin with SPANLIGHT_. One with any other name is a mistake, and refused.

A mistyped name would otherwise set nothing, and a server might be open that should not be.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from indexer.errors import InvalidSetting

__all__ = ["BUILDING", "ELSEWHERE", "PREFIX", "SERVING", "nearest", "refuse_unknown_variables"]

PREFIX = "SPANLIGHT_"
# Read by the command that builds.
BUILDING = frozenset({"index", "language", "max_file_bytes", "model"})
# Read by the server. A test compares them with the fields of its settings.
SERVING = frozenset(
    [
        *["allowed_hosts", "allowed_origins", "depth", "drift_interval_s", "folder", "fusion"],
        *["host", "index", "insecure", "keys", "log_format", "log_level", "log_queries"],
        *["max_waiting", "port", "rate_limit", "reload_interval_s", "reranker"],
        *["reranker_depth", "reranker_required", "reranker_share", "semantic_weight"],
        *["time_limit_s"],
    ]
)
# Read by scripts/environment.sh and docker/compose.yaml.
ELSEWHERE = frozenset({"cpus", "documents", "memory", "torch_sha256"})
# Kubernetes sets these in every container if a service is called "spanlight" or "spanlight-...".
OF_A_SERVICE = re.compile(
    r"SPANLIGHT_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
ADDRESS_OF_A_SERVICE = re.compile(r"(tcp|udp|sctp)://")


def refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Raise InvalidSetting if a variable has the prefix and a value, but is not a setting."""
    known = BUILDING | SERVING | ELSEWHERE
    for name, value in environment.items():
        if not name.upper().startswith(PREFIX) or not value or _is_of_a_service(name, value):
            continue
        setting = name[len(PREFIX) :].lower()
        if setting not in known:
            near = nearest(setting, known)
            meant = f"did you mean {PREFIX}{near.upper()}?" if near else "unset it"
            raise InvalidSetting(
                f"{name} is not a setting; {meant} (api/README.md lists all settings)"
            )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant; None if none is similar."""
    return next(iter(get_close_matches(name.lower(), sorted(known), n=1)), None)


def _is_of_a_service(name: str, value: str) -> bool:
    if OF_A_SERVICE.fullmatch(name):
        return True
    return name.endswith("_PORT") and ADDRESS_OF_A_SERVICE.match(value) is not None
