"""Learning from use: labels of drafts, and the calibrations they lead to.

`labels.py` notes what readers and comparisons tell of a draft, `calibrations.py` fits numbers to it
for each pair of models and kind of work, and hands them to the engine.
"""
