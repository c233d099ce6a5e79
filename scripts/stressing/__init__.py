"""What `stress.py` does: one module for each command, listed here."""

from scripts.stressing import costly, damage, kill, load, requests
from scripts.stressing.outcome import Command

__all__ = ["COMMANDS"]

COMMANDS: list[Command] = [costly.COMMAND, damage.COMMAND, kill.COMMAND, load.COMMAND, requests.COMMAND]
