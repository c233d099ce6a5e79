"""The names of all settings, as variables that begin with SPANLIGHT_ and in a configuration file.

Any other name is a mistake, and refused. It would otherwise set nothing, and a server might be open
that should not be.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from indexer.errors import InvalidSetting

__all__ = [
    "ASKING",
    "BUILDING",
    "ELSEWHERE",
    "PREFIX",
    "SERVING",
    "read_configuration",
    "refuse_unknown_variables",
    "with_configuration",
]

PREFIX = "SPANLIGHT_"
# Read by the command that builds.
BUILDING = frozenset({"config", "index", "language", "max_file_bytes", "model", "verbatim"})
# Read by the server. A test compares them with the fields of its settings.
SERVING = frozenset(
    [
        *["allowed_hosts", "allowed_origins", "config", "depth", "drift_interval_s", "folder"],
        *["fusion", "host", "index", "insecure", "keys", "log_format", "log_level", "log_queries"],
        *["max_waiting", "originals", "port", "rate_limit", "reload_interval_s", "reranker"],
        *["reranker_depth", "reranker_required", "reranker_share", "root_path", "semantic_weight"],
        *["time_limit_s", "trusted_proxies", "unix_socket"],
    ]
)
# Read by the commands that ask an index.
ASKING = frozenset({"api_key", "editor"})
# Read by the registry, scripts/environment.sh and docker/compose.yaml.
ELSEWHERE = frozenset({"cpus", "documents", "indexes", "memory", "torch_sha256"})
# A configuration file names no other.
IN_A_FILE = (BUILDING | SERVING) - {"config"}
# Their values begin at the folder of the configuration file unless they are absolute.
PATHS = frozenset({"folder", "index", "keys", "unix_socket"})
# Kubernetes sets these in every container if a service is called "spanlight" or "spanlight-...".
OF_A_SERVICE = re.compile(
    r"SPANLIGHT_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
ADDRESS_OF_A_SERVICE = re.compile(r"(tcp|udp|sctp)://")


def refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Raise InvalidSetting if a variable has the prefix and a value, but is not a setting."""
    known = BUILDING | SERVING | ASKING | ELSEWHERE
    for name, value in environment.items():
        if not name.upper().startswith(PREFIX) or not value or _is_of_a_service(name, value):
            continue
        setting = name[len(PREFIX) :].lower()
        if setting not in known:
            near = _nearest(setting, known)
            meant = f"did you mean {PREFIX}{near.upper()}?" if near else "unset it"
            raise InvalidSetting(
                f"{name} is not a setting; {meant} (api/README.md lists all settings)"
            )


def with_configuration(environment: Mapping[str, str], file: str | None) -> Mapping[str, str]:
    """Return the environment, with the settings of a build from a configuration file added.

    The file is the given one, else the one that the environment names. A variable that is set takes
    precedence over the file.
    """
    name = file or environment.get(f"{PREFIX}CONFIG")
    if not name:
        return environment
    configuration = read_configuration(Path(name))
    of_file = {
        PREFIX + setting.upper(): str(value)
        for setting, value in configuration.items()
        if setting in BUILDING
    }
    return of_file | {variable: value for variable, value in environment.items() if value}


def read_configuration(path: Path) -> dict[str, Any]:
    """Return the settings in a configuration file. Raises InvalidSetting with the file's name."""
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise InvalidSetting(
            f"the configuration file {path} cannot be read: {error.strerror}"
        ) from error
    except ValueError as error:
        raise InvalidSetting(f"the configuration file {path} is not valid TOML: {error}") from error
    for name in sorted(values.keys() - IN_A_FILE):
        near = _nearest(name.upper().removeprefix(PREFIX), IN_A_FILE)
        is_variable = name.upper() == f"{PREFIX}{near}".upper()
        likely = f"write {near}" if is_variable else f"did you mean {near}?"
        meant = likely if near else "remove it"
        raise InvalidSetting(
            f"{name} in {path} is not a setting; {meant} (api/README.md lists all settings)"
        )
    folder = path.absolute().parent
    return {
        name: str(_below(folder, value)) if name in PATHS and isinstance(value, str) else value
        for name, value in values.items()
    }


def _below(folder: Path, value: str) -> Path:
    """Return the path as messages show it: without "..", but with a link at its end."""
    path = folder / value
    if ".." not in path.parts:
        return path
    return path.resolve() if path.name == ".." else path.parent.resolve() / path.name


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant; None if none is similar."""
    return next(iter(get_close_matches(name.lower(), sorted(known), n=1)), None)


def _is_of_a_service(name: str, value: str) -> bool:
    if OF_A_SERVICE.fullmatch(name):
        return True
    return name.endswith("_PORT") and ADDRESS_OF_A_SERVICE.match(value) is not None
