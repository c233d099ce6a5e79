"""How well are judged queries answered?

options.py         the options of an evaluation
judged_set.py      a folder -> queries with the documents or spans that answer them
setting.py         mode, fusion and weight as one value that can be written and parsed
runner.py          judged set + searcher -> the answer to each query in each setting
metrics.py         nDCG and recall of documents; recall, precision and IoU of spans; pure
measured_set.py    a set, indexed by the real build and asked through the real searcher
calibration.py     how well confidence agrees with judgements and separates two sets; pure
comparison.py      two settings, query by query -> is the difference real?
tuning.py          several sets -> the fusion method and weight that answer them best
confidence_fit.py  several sets -> the coefficients of confidence
reporting/         tables and reports for people
command.py         options -> all of the above
"""
