"""Command line and environment -> Options. Light to import, because the help needs nothing else."""

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.command.arguments import Parser
from indexer.command.environment import with_configuration
from indexer.config import NO_MODEL, STATIC_MODEL, VERBATIM, IndexConfig
from indexer.errors import InvalidSetting, UsageError

__all__ = ["Options", "parse_options", "parser"]

OF_THE_FOLDER = "that of the folder"

DESCRIPTION = """\
Bring the index of a folder up to date. An unchanged file is not read again, and a text that was
ever embedded is not embedded again. The new state is published in one step: a running server
answers from the old one until then, and from the new one within two seconds.
"""

DEFAULTS = IndexConfig()

EPILOG = f"""\
environment variables (an option overrides its variable, and a variable the configuration file),
with the values for a new index:
  SPANLIGHT_INDEX           {OF_THE_FOLDER}, which every command finds by itself
  SPANLIGHT_INDEXES         where such indexes are kept; by default .spanlight in the current folder
                            or in that of the program, else ~/.local/share/spanlight
  SPANLIGHT_MODEL           {DEFAULTS.model}
  SPANLIGHT_LANGUAGE        {DEFAULTS.language}
  SPANLIGHT_MAX_FILE_BYTES  {DEFAULTS.max_file_bytes}
  SPANLIGHT_VERBATIM        none: formats to read as text, such as html,mail
  SPANLIGHT_CONFIG          a configuration file in TOML, with lines such as model = "none"
  WATCHFILES_FORCE_POLLING  with --watch: poll for changes instead of waiting for notifications,
                            which network and container mounts may need; any value

exit code: 0 success, even if files were skipped; 1 failure, or --check found problems; 2 wrong
usage; 130 and 143 stopped by a signal (with --watch, 0).

examples:
"""

EXAMPLES = {
    "documents": "index the folder, or bring its index up to date",
    "documents --dry-run": "what would that do?",
    "documents --watch": "and keep it up to date until Ctrl-C",
    f"documents --model {STATIC_MODEL}": "a large folder: vectors that cost next to nothing",
    f"documents --model {NO_MODEL}": "without embeddings: lexical search only",
    "--check": "do all parts of the index agree?",
}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one run. `folder` is None only for a check.

    `model`, `language`, `max_file_bytes` and `verbatim` are None if neither an option nor the
    environment sets them; then the index keeps its own. Progress depends on the terminal if
    `progress_interval_s` is None, and all skipped files are listed if `max_skipped` is None.
    """

    folder: Path | None
    index: Path
    model: str | None
    language: str | None
    max_file_bytes: int | None
    verbatim: str | None
    full: bool
    dry_run: bool
    watch: bool
    check: bool
    verify: bool
    allow_removals: bool
    json: bool
    progress_interval_s: float | None = None
    max_skipped: int | None = None


def parse_options(
    arguments: Sequence[str], environment: Mapping[str, str], *, program: str = "spanlight index"
) -> Options:
    """Return the options. Raises UsageError; `--help` prints the help and exits."""
    parsed = parser(program).parse_args(arguments)
    _refuse_contradictions(parsed)
    environment = with_configuration(environment, parsed.config)
    folder = None if parsed.folder is None else _path("FOLDER", parsed.folder)
    return Options(
        folder=folder,
        index=_index(parsed.index, folder, environment),
        model=_setting(parsed.model, "SPANLIGHT_MODEL", environment),
        language=_setting(parsed.language, "SPANLIGHT_LANGUAGE", environment),
        max_file_bytes=_max_file_bytes(parsed.max_file_bytes, environment),
        verbatim=_verbatim(parsed.verbatim, environment),
        full=parsed.full,
        dry_run=parsed.dry_run,
        watch=parsed.watch,
        check=parsed.check,
        verify=parsed.verify,
        allow_removals=parsed.allow_removals,
        json=parsed.json,
        progress_interval_s=_progress_interval(parsed.progress_interval),
        max_skipped=_max_skipped(parsed.max_skipped),
    )


def parser(program: str) -> Parser:
    width = max(map(len, EXAMPLES))
    examples = (f"  {program} {each:{width}}  {what}\n" for each, what in EXAMPLES.items())
    parser = Parser(
        prog=program,
        usage=f"{program} FOLDER [OPTION...]\n       {program} --check [FOLDER] [OPTION...]",
        description=DESCRIPTION,
        epilog=EPILOG + "".join(examples),
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("folder", metavar="FOLDER", nargs="?", help="folder of documents")
    add(
        "--index",
        metavar="DIR",
        help=f"where the index is kept: a new or empty folder, or an existing index (default: "
        f"{OF_THE_FOLDER})",
    )
    add(
        "--config",
        metavar="FILE",
        help="configuration file in TOML; options and environment variables override it",
    )
    add(
        "--model",
        metavar="M",
        help="embedding model: a folder, a name on the model hub, "
        f"'{STATIC_MODEL}' for a fast build that finds less, or '{NO_MODEL}' "
        "for lexical search only (default: the one that the index was built with)",
    )
    add(
        "--language",
        metavar="L",
        help="language of the documents, for matching word endings: english, german, french, "
        "..., or 'none' "
        "(default: the one that the index was built with)",
    )
    add(
        "--max-file-bytes",
        metavar="N",
        help="skip files that are larger (default: as the index was built)",
    )
    add(
        "--verbatim",
        metavar="FORMATS",
        help="read files of these formats as the text that they are, with all markup: "
        f"{', '.join(sorted(VERBATIM))}, with commas between them, or 'none' (default: as the "
        "index was built)",
    )
    add(
        "--full",
        action="store_true",
        help="read every file again and replace the index that is there, even if it is damaged, "
        "belongs to another folder or was built with other settings; searches continue "
        "meanwhile",
    )
    add(
        "--verify",
        action="store_true",
        help="read and hash every file instead of trusting its size and times",
    )
    add(
        "--allow-removals",
        action="store_true",
        help="remove most documents even if that looks like an accident, which usually "
        "means that a disk is not mounted; with --watch, this applies only to the first build",
    )
    add("--dry-run", action="store_true", help="show what would be done, and write nothing")
    add(
        "--watch",
        action="store_true",
        help="keep running, and update the index whenever the folder changes; Ctrl-C stops it",
    )
    add(
        "--check",
        action="store_true",
        help="write nothing; check that manifest, store, lexical and vector index contain the same "
        "passages, and that no file has changed; with FOLDER also that the index belongs "
        "to that folder",
    )
    add(
        "--json",
        action="store_true",
        help="print one JSON object, and progress on standard error; with --watch, one object per "
        "build, each on its own line",
    )
    add(
        "--progress-interval",
        metavar="S",
        help="write progress as lines, 'STAGE: DONE of TOTAL (PERCENT)', for each stage at most "
        "every S seconds and at its end; for programs that show it",
    )
    add(
        "--max-skipped",
        metavar="N",
        help="with --json: list at most N of the skipped files, and of those whose encodings are "
        "guesses; 'skipped_count' and 'detected_count' say how many there are",
    )
    return parser


def _refuse_contradictions(parsed: argparse.Namespace) -> None:
    if parsed.folder is None and not parsed.check:
        raise UsageError("FOLDER is missing: which folder should be indexed? (see --help)")
    for one, others in [
        ("check", ["full", "verify", "allow_removals", "dry_run", "watch"]),
        ("dry_run", ["watch"]),
    ]:
        for other in others:
            if getattr(parsed, one) and getattr(parsed, other):
                flags = " and ".join(f"--{name.replace('_', '-')}" for name in (one, other))
                raise UsageError(f"{flags} cannot be combined")


def _path(name: str, value: str) -> Path:
    if not value.strip():
        raise UsageError(f"{name} is empty")
    return Path(value)


def _setting(option: str | None, variable: str, environment: Mapping[str, str]) -> str | None:
    """Return the value of the option, else of the variable. An empty variable counts as unset."""
    return option if option is not None else environment.get(variable) or None


def _index(option: str | None, folder: Path | None, environment: Mapping[str, str]) -> Path:
    setting = _setting(option, "SPANLIGHT_INDEX", environment)
    if setting is None:
        return _registered(folder, environment)
    path = _path("--index", setting)
    if path.is_file():
        raise UsageError(
            f"the index cannot be at {path}: it is a file; choose a new or an empty folder"
        )
    return path


def _registered(folder: Path | None, environment: Mapping[str, str]) -> Path:
    # This import takes longer than printing the help.
    from indexer.command.registry import registry

    known = registry(environment)
    return known.index_of(folder) if folder is not None else known.index_for(Path())


def _max_file_bytes(option: str | None, environment: Mapping[str, str]) -> int | None:
    setting = _setting(option, "SPANLIGHT_MAX_FILE_BYTES", environment)
    try:
        return None if setting is None else int(setting)
    except ValueError:
        name = "SPANLIGHT_MAX_FILE_BYTES" if option is None else "--max-file-bytes"
        raise InvalidSetting(f"{name} must be a number of bytes, not {setting!r}") from None


def _verbatim(option: str | None, environment: Mapping[str, str]) -> str | None:
    setting = _setting(option, "SPANLIGHT_VERBATIM", environment)
    if setting is None:
        return None
    named = {name.strip() for name in setting.split(",")} - {"", "none"}
    if unknown := sorted(named - VERBATIM):
        name = "SPANLIGHT_VERBATIM" if option is None else "--verbatim"
        raise InvalidSetting(
            f"{name} may be 'none' or some of {', '.join(sorted(VERBATIM))}, not {unknown[0]!r}"
        )
    return ",".join(sorted(named))


def _progress_interval(option: str | None) -> float | None:
    try:
        interval_s = None if option is None else float(option)
    except ValueError:
        interval_s = math.nan
    if interval_s is not None and not 0 <= interval_s < math.inf:
        raise UsageError(f"--progress-interval must be a number of seconds, not {option!r}")
    return interval_s


def _max_skipped(option: str | None) -> int | None:
    try:
        files = None if option is None else int(option)
    except ValueError:
        files = -1
    if files is not None and files < 0:
        raise UsageError(f"--max-skipped must be a number of files, not {option!r}")
    return files
