"""ServerSettings: how a server searches and answers, from the environment or a configuration file.

Settings that change the index itself are in `indexer.config`.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api.contract.refusals.wrong_values import complaint
from api.ranking.fusion import FusionMethod
from api.settings.network_names import Hosts, Networks, Origins
from indexer.command.environment import PREFIX, read_configuration
from indexer.config import NO_MODEL
from indexer.errors import InvalidSetting

__all__ = ["DEFAULT_INDEX", "ServerSettings", "load_settings"]

DEFAULT_INDEX = Path(".spanlight/index")
# Such paths mean the same whether or not they are encoded.
PLAIN_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._-]+)*")
# The settings that are options of the command, too.
OPTIONS = frozenset({"index", "host", "port", "unix_socket", "insecure"})


class _ConfigurationFile(PydanticBaseSettingsSource):
    """The file that a source of higher precedence names, if one does."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        path = self.current_state.get("config")
        values = read_configuration(Path(path)) if path is not None else {}
        return {
            name: value for name, value in values.items() if name in self.settings_cls.model_fields
        }


class ServerSettings(BaseSettings):
    """The settings of one server. Each environment variable is SPANLIGHT_ and the field's name."""

    # An empty variable counts as unset. An empty host would mean all network interfaces.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    config: Annotated[
        Path | None,
        Field(
            description="Configuration file in TOML, with the names of this table in small letters "
            "and without `SPANLIGHT_`."
        ),
    ] = None
    index: Annotated[
        Path,
        Field(
            description="Folder of the index. If unset, `spanlight serve` finds that of the folder."
        ),
    ] = DEFAULT_INDEX
    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[
        int, Field(ge=0, le=65_535, description="Port to listen on; 0 picks a free one.")
    ] = 8000
    unix_socket: Annotated[
        Path | None,
        Field(
            description="Path of a unix socket to listen on, instead of address and port. Programs "
            "of the server's user and group may connect."
        ),
    ] = None
    root_path: Annotated[
        str,
        Field(
            description="Path below which a proxy offers the server, such as `/search`; the proxy "
            "may remove it from requests or leave it."
        ),
    ] = ""
    fusion: Annotated[
        FusionMethod | None,
        Field(
            description="How the rankings of the two retrievers are combined: `weighted`, `minmax` "
            "or `rrf`. If unset, the method tuned for the index, or `weighted`."
        ),
    ] = None
    semantic_weight: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="Weight of the semantic score. If unset, the weight tuned for the index, "
            "or the default of the fusion method.",
        ),
    ] = None
    depth: Annotated[
        int,
        Field(ge=10, le=1_000, description="Candidates taken from each retriever."),
    ] = 200
    reranker: Annotated[
        str | None,
        Field(
            description="Cross-encoder that reorders the best hits: a folder or a name on the "
            "model hub. If unset or `none`, hits are not reranked."
        ),
    ] = None
    # Every hit costs one pass of the model, so hundreds take seconds.
    reranker_depth: Annotated[
        int, Field(ge=1, le=1_000, description="How many of the best hits are reranked.")
    ] = 50
    reranker_share: Annotated[
        float,
        Field(ge=0, le=1, description="The reranker's share of a reranked hit's score."),
    ] = 0.5
    reranker_required: Annotated[
        bool,
        Field(description="Whether the server refuses to start without the reranker."),
    ] = False
    reload_interval_s: Annotated[
        float,
        Field(ge=0.05, le=60, description="How often to look for a new generation, in seconds."),
    ] = 0.5

    keys: Annotated[
        Path | None,
        Field(
            description="File with the API keys, written by scripts/keys.py. If unset, "
            "`keys.json` beside the folder of the index."
        ),
    ] = None
    insecure: Annotated[
        bool,
        Field(
            description="Whether to serve without API keys although others can reach the server, "
            "directly or through a proxy. Everyone who can reach it may then search and administer."
        ),
    ] = False
    allowed_hosts: Annotated[
        Hosts,
        Field(
            description="Host names that the server answers to, in addition to `localhost`, the "
            "name of the machine and numeric addresses; separated by commas."
        ),
    ] = ()
    allowed_origins: Annotated[
        Origins,
        Field(
            description="Other sites whose pages may send requests, such as "
            "`https://intranet.example`; separated by commas."
        ),
    ] = ()
    trusted_proxies: Annotated[
        Networks,
        Field(
            description="Addresses or networks of proxies on other machines, such as `10.0.0.0/8`; "
            "separated by commas. Their `X-Forwarded-For` and `X-Forwarded-Proto` are believed, "
            "like those of proxies on this machine."
        ),
    ] = ()
    rate_limit: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000,
            description="Requests per minute for each API key, or for each client address if the "
            "server has no keys; 0 means no limit. Without keys, programs on this machine have no "
            "limit either.",
        ),
    ] = 1_200
    time_limit_s: Annotated[
        float,
        Field(gt=0, le=600, description="How long an answer may take, in seconds."),
    ] = 10.0
    max_waiting: Annotated[
        int,
        Field(
            ge=0,
            le=10_000,
            description="How many requests may wait for their turn; any more are refused.",
        ),
    ] = 128
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(
            description="How much is logged: `debug`, `info` (every request), `warning` or `error`."
        ),
    ] = "info"
    log_format: Annotated[
        Literal["text", "json"] | None,
        Field(description="`json` or `text`. If unset, text on a terminal and JSON elsewhere."),
    ] = None
    log_queries: Annotated[
        bool, Field(description="Whether logs and traces may contain queries.")
    ] = False

    originals: Annotated[
        bool,
        Field(
            description="Whether `GET /v1/documents/{id}/file` gives out the indexed files, and "
            "not only their text."
        ),
    ] = True
    folder: Annotated[
        Path | None,
        Field(
            description="Folder that `POST /v1/reindex` indexes. If unset, the folder that the "
            "index was built from."
        ),
    ] = None
    drift_interval_s: Annotated[
        float,
        Field(
            ge=0.05,
            le=86_400,
            description="Minimum time between two comparisons of the folder with the index, in "
            "seconds.",
        ),
    ] = 60.0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from; the first has precedence."""
        return init_settings, env_settings, _ConfigurationFile(settings_cls)

    @field_validator("root_path")
    @classmethod
    def _plain_path(cls, path: str) -> str:
        path = path.rstrip("/")
        if not PLAIN_PATH.fullmatch(path):
            raise ValueError("use a slash and letters, digits, '-', '_' or '.', such as /search")
        return path

    @field_validator("reranker_required")
    @classmethod
    def _of_a_reranker(cls, required: bool, info: ValidationInfo) -> bool:
        # An invalid reranker is missing from the data.
        if required and info.data.get("reranker", "") in {None, NO_MODEL}:
            raise ValueError("this requires a reranker, but SPANLIGHT_RERANKER is not set")
        return required


def load_settings(**overrides: object) -> ServerSettings:
    """Return the settings. Raises InvalidSetting with the name and the value of a wrong one."""
    try:
        return ServerSettings(**overrides)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        first = error.errors()[0]
        name, *inside = map(str, first["loc"])
        verb = "contains" if inside else "is"
        told = complaint(first, ServerSettings.model_fields[name].metadata)
        raise InvalidSetting(
            f"{_named(name, overrides)} {verb} {first['input']!r}: {told}"
        ) from error


def _named(name: str, overrides: Mapping[str, object]) -> str:
    """Return what a user calls a setting: where it was set."""
    variable = PREFIX + name.upper()
    file = overrides.get("config") or os.environ.get(f"{PREFIX}CONFIG")
    if file and name not in overrides and not os.environ.get(variable):
        return f"{name} in {file}"
    return f"{variable} (or --{name.replace('_', '-')})" if name in OPTIONS else variable
