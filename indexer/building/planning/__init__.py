"""What has a build to do?

plan       the files to read, and a dry run
changes    which files differ from those that were indexed
contents   the files inside archives and mails, which are opened only if they have changed
removals   refuses to empty an index because its folder is not there as before
"""
