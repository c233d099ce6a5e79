"""The script with which zsh completes the command line."""

from collections.abc import Iterable, Sequence

from api.command.completion.words import Option, Value, Words

__all__ = ["zsh_script"]

SCRIPT = """\
#compdef spanlight
_spanlight() {{
  local -a commands=(
{names}  )
  if ((CURRENT == 2)); then
    _describe command commands
    _files -/
    return
  fi
  local name=$words[2]
  shift words
  ((CURRENT--))
  case $name in
{commands}  esac
}}
if [[ $funcstack[1] == _spanlight ]]; then _spanlight "$@"; else compdef _spanlight spanlight; fi
"""
ACTIONS = {Value.FOLDER: "_files -/", Value.FILE: "_files", Value.TEXT: " "}


def zsh_script(commands: Sequence[Words]) -> str:
    """Return the script."""
    names = "".join(f"    {_quoted(f'{each.name}:{each.purpose}')}\n" for each in commands)
    return SCRIPT.format(names=names, commands="".join(map(_command, commands)))


def _command(command: Words) -> str:
    specs = [spec for option in command.options for spec in _specs(option)]
    if command.argument is not Value.NOTHING:
        specs.append(f"*:argument:{_action(command.argument, command.choices)}")
    lines = "".join(f" \\\n        {_quoted(each)}" for each in specs)
    return f"    {command.name})\n      _arguments{lines} ;;\n"


def _specs(option: Option) -> Iterable[str]:
    meaning = option.meaning.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    for name in option.names:
        value = ""
        if option.value is not Value.NOTHING:
            value = f":value:{_action(option.value, option.choices)}"
        yield f"*{name}[{meaning.replace(':', chr(92) + ':')}]{value}"


def _action(value: Value, choices: Sequence[str]) -> str:
    return f"({' '.join(choices)})" if value is Value.CHOICE else ACTIONS[value]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
