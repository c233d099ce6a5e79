"""Here is a file that may do harm: how is it read without any?

process  the parent's end: a process with limits, begun again when it ends
serving  the child's end: reads files and draws pages until its input ends
answers  what a child answers, in a plain encoding
"""
