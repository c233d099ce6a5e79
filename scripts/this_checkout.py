"""Importing this lets a script import the modules of its own checkout.

Python puts only the script's folder on the path. Without this, a script would need an installed
Spanlight, and would run that one even if it is another version.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])
