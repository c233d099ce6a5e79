"""`spanlight completion`: the scripts offer every command, option and choice."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.command.completion.words import words_of_commands
from api.command.spanlight import COMMANDS
from tests.api.command.asking.shell import spanlight

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("home")
    scripts = {}
    for shell in SHELLS:
        done = spanlight(home, "completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        scripts[shell] = home / shell
        scripts[shell].write_text(done.stdout)
    return scripts


def offered(script: Path, *words: str) -> list[str]:
    """Return what bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in ("spanlight", *words))
    asked = (
        f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _spanlight; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", asked],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_options_and_values(scripts: dict[str, Path]) -> None:
    script = scripts["bash"]
    assert set(COMMANDS) <= set(offered(script, ""))
    assert offered(script, "ver") == ["verify"]
    assert offered(script, "search", "--mo") == ["--mode"]
    assert offered(script, "search", "--mode", "") == ["hybrid", "lexical", "semantic"]
    assert offered(script, "cite", "--format", "b") == ["bibtex"]
    assert offered(script, "completion", "z") == ["zsh"]
    assert offered(script, "keys", "") == ["add", "list", "remove"]
    (script.parent / "my documents").mkdir(exist_ok=True)
    assert offered(script, "search", "--in", "my") == ["my", "documents"]


def test_every_shell_knows_every_option(scripts: dict[str, Path]) -> None:
    options = {
        command.name: {name for option in command.options for name in option.names}
        for command in words_of_commands()
    }
    assert options.keys() == COMMANDS.keys()
    assert options["search"] >= {"--mode", "--json", "--vimgrep", "--limit", "--path", "--in"}
    assert {"--scope", "--index"} <= options["keys"]
    for command, names in options.items():
        assert names <= {*offered(scripts["bash"], command, "-")}
        for name in names - {"-h"}:
            assert f"'*{name}[" in scripts["zsh"].read_text()
            long = re.escape(name.removeprefix("--"))
            pattern = rf"from {command}' (-s \w )?-l {long}\b"
            assert re.search(pattern, scripts["fish"].read_text())


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_can_read_the_script(shell: str, scripts: dict[str, Path]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    done = subprocess.run([shell, "-n", scripts[shell]], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
