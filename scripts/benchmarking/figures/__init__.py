"""What is measured, and on which machine?

machine.py  the machine that figures were measured on
latency.py  summaries of milliseconds
memory.py   the memory and processor time of a process and its children
disk.py     the disk space of a folder
output.py   where tables and figures go
"""
