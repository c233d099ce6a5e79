"""How well are judged queries answered?

options.py         what was asked for; light
judged_set.py      a folder -> queries with the documents or spans that answer them
setting.py         mode, fusion and weight, as one value that can be written and read
runner.py          judged set + searcher -> what each query got in each setting
metrics.py         nDCG and recall of documents; recall, precision and IoU of spans; pure
measured_set.py    the set, indexed by the real build and asked through the real searcher
calibration.py     how well confidence agrees with judgements, and tells two sets apart; pure
comparison.py      two settings, query by query -> is the difference real?
tuning.py          several sets -> the fusion and weight that answer them best
confidence_fit.py  several sets -> the numbers that confidence is computed with
reporting/         all of it, as a person reads it
command.py         options -> all of the above
"""
