"""Texts -> files of each format, written by Python or by the programs that people use.

formats   the formats, and what writes each
plain     formats that Python's standard library can write
programs  formats that pandoc and LibreOffice write
"""
