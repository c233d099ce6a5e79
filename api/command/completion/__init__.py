"""How does a shell complete the command line?

command  `spanlight completion SHELL`: prints a script
words    what can be completed, taken from the parsers of all commands
bash     the script for bash
zsh      the script for zsh
fish     the script for fish
"""
