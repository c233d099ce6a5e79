"""The script with which bash completes the command line."""

import shlex
from collections.abc import Iterable, Sequence

from api.command.completion.words import Option, Value, Words

__all__ = ["bash_script"]

SCRIPT = """\
# bash completion for spanlight
_spanlight() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  local words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -W {names} -- "$word"; compgen -d -- "$word")
    return
  fi
  case ${{COMP_WORDS[1]}} in
{commands}  esac
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -F _spanlight spanlight
"""
COMMAND = """\
    {name})
      case $before in
{values}      esac
      if [[ $word == -* ]]; then words={options}; else
        {arguments}
      fi ;;
"""
HOW = {Value.FOLDER: "-d", Value.FILE: "-f"}


def bash_script(commands: Sequence[Words]) -> str:
    """Return the script."""
    names = shlex.quote(" ".join(each.name for each in commands))
    return SCRIPT.format(names=names, commands="".join(map(_command, commands)))


def _command(command: Words) -> str:
    options = shlex.quote(" ".join(name for each in command.options for name in each.names))
    return COMMAND.format(
        name=command.name,
        values="".join(_values(command.options)),
        options=options,
        arguments=_offered(command.argument, command.choices),
    )


def _values(options: Iterable[Option]) -> Iterable[str]:
    for option in options:
        if option.value is not Value.NOTHING:
            names = "|".join(option.names)
            yield f"        {names}) {_offered(option.value, option.choices)}; return ;;\n"


def _offered(value: Value, choices: Sequence[str]) -> str:
    """Return the shell command that offers values of this kind."""
    if value in HOW:
        offer = f'mapfile -t COMPREPLY < <(compgen {HOW[value]} -- "$word")'
        return f"compopt -o filenames 2>/dev/null; {offer}"
    if value is Value.CHOICE:
        quoted = shlex.quote(" ".join(choices))
        return f'mapfile -t COMPREPLY < <(compgen -W {quoted} -- "$word")'
    return ":"
