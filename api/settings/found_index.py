"""The index of a server that names none: the registry knows it by the folder."""

from pathlib import Path

from api.settings import ServerSettings
from indexer.command.registry import registry
from indexer.errors import IndexNotFound

__all__ = ["with_index"]

# The index of a server that is yet to be told which folder to index.
FIRST = "index"


def with_index(settings: ServerSettings) -> ServerSettings:
    """Return the settings with an index: the one named, that of the folder, or that around here.

    Raises IndexNotFound if that is open because several folders have an index.
    """
    if "index" in settings.model_fields_set:
        return settings
    known = registry()
    if settings.folder is not None:
        index = known.index_of(settings.folder)
    else:
        try:
            index = known.index_for(Path())
        except IndexNotFound:
            if known.known():
                raise
            index = known.places[0] / FIRST
    return settings.model_copy(update={"index": index})
