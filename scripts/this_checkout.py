"""Importing this lets a script import the modules of its own checkout.

Python puts only the script's folder on the path. Without this, a script would need an installed
Spanlight, and would run that one even if it is another version. A Python without the packages of
Spanlight ends here, with advice.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from indexer.command.version import require_packages  # noqa: E402  # made importable above

require_packages()
