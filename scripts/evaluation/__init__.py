"""Judged sets in; nDCG, recall and span overlap of each way of ranking out.

judged_set.py   a folder -> queries with the documents or spans that answer them
runner.py       judged set + searcher -> what was found for each query, and its metrics
metrics.py      nDCG and recall of documents; recall, precision and IoU of spans; pure
comparison.py   two ways of ranking, query by query -> is the difference real?
tuning.py       judged sets -> the fusion and weight that answer them best
tables.py       all of it, as a person reads it
"""
