"""Judged sets in; nDCG, recall and span overlap of each way of ranking out.

judged_set.py    a folder -> queries with the documents or spans that answer them
setting.py       mode, fusion and weight, as one value that can be written and read
runner.py        judged set + searcher -> what each query got in each setting
metrics.py       nDCG and recall of documents; recall, precision and IoU of spans; pure
calibration.py   how well confidence agrees with judgements, and tells two sets apart; pure
measured_set.py  the set, indexed by the real build and asked through the real searcher
summary.py       many queries -> one row per setting
comparison.py    two settings, query by query -> is the difference real?
tuning.py        several sets -> the fusion and weight that answer them best
confidence_fit.py   several sets -> the numbers that confidence is computed with
tables.py, report.py, plots.py   all of it, as a person reads it
command.py       options -> all of the above
"""
