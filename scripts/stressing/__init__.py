"""What `stress.py` does: one module for each command, listed here."""

from scripts.stressing import load, requests
from scripts.stressing.outcome import Command

__all__ = ["COMMANDS"]

COMMANDS: list[Command] = [load.COMMAND, requests.COMMAND]
