"""What does an index ask of the disk, and what survives a power loss?

files     folders and files with their owner, replaced in one step and synced
failures  failures of the system, with what helps against them
lock      the lock of the one process that writes
walks     when the folder of documents was last walked
"""
