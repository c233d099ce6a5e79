"""Print the script with which a shell completes `spanlight` and its options."""

import argparse
from collections.abc import Sequence

from indexer.command.arguments import Parser, run_command

__all__ = ["main", "parser"]

EPILOG = """\
  bash   echo 'source <(spanlight completion bash)' >> ~/.bashrc
  zsh    echo 'source <(spanlight completion zsh)' >> ~/.zshrc, after the line with compinit
  fish   spanlight completion fish > ~/.config/fish/completions/spanlight.fish
"""
SHELLS = ("bash", "zsh", "fish")


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight completion") -> int:
    """Return the exit code: 0, or 2 if the options are wrong."""
    return run_command(program, lambda: _run(parser(program).parse_args(arguments)))


def parser(program: str) -> Parser:
    found = Parser(prog=program, description=__doc__, epilog=EPILOG)
    found.add_argument("shell", choices=SHELLS, help="the shell that the script is for")
    return found


def _run(parsed: argparse.Namespace) -> None:
    # These imports load the parsers of all commands.
    from api.command.completion.bash import bash_script
    from api.command.completion.fish import fish_script
    from api.command.completion.words import words_of_commands
    from api.command.completion.zsh import zsh_script

    scripts = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}
    print(scripts[parsed.shell](words_of_commands()), end="")
