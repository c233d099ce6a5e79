"""The script with which fish completes the command line."""

from collections.abc import Iterator, Sequence

from api.command.completion.words import Option, Value, Words

__all__ = ["fish_script"]

FIRST = """\
# fish completion for spanlight
complete -c spanlight -f
"""
FOLDERS = "(__fish_complete_directories)"


def fish_script(commands: Sequence[Words]) -> str:
    """Return the script."""
    lines = [f"complete -c spanlight -n __fish_use_subcommand -a '{FOLDERS}'"]
    for command in commands:
        purpose = _quoted(command.purpose)
        lines.append(
            f"complete -c spanlight -n __fish_use_subcommand -a {command.name} -d {purpose}"
        )
        lines += _command(command)
    return FIRST + "".join(f"{line}\n" for line in lines)


def _command(command: Words) -> Iterator[str]:
    begin = f"complete -c spanlight -n '__fish_seen_subcommand_from {command.name}'"
    for option in command.options:
        yield f"{begin}{_option(option)}"
    if command.argument is not Value.NOTHING:
        yield f"{begin}{_values(command.argument, command.choices)}"


def _option(option: Option) -> str:
    names = "".join(
        f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names
    )
    needed = "" if option.value is Value.NOTHING else " -r"
    values = _values(option.value, option.choices)
    return f"{names}{needed}{values} -d {_quoted(option.meaning)}"


def _values(value: Value, choices: Sequence[str]) -> str:
    if value is Value.CHOICE:
        return f" -a {_quoted(' '.join(choices))}"
    if value is Value.FOLDER:
        return f" -a '{FOLDERS}'"
    return " -F" if value is Value.FILE else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
