"""What is measured, and on what?

machine.py  the machine that figures were measured on
latency.py  milliseconds, summed up
memory.py   how much memory a process and its children take
disk.py     how much a folder takes
output.py   where tables and figures go
"""
