"""Logs as a DataFrame, all columns, by `pandas.read_csv`; the number of rows on stdout.

As one would write it: types guessed by the C engine, directives skipped as comments, one time column made of two.
"""

import csv

import pandas as pd
from header import by_header

frames = [
    pd.read_csv(
        path, sep=" ", names=fields, comment="#", quoting=csv.QUOTE_NONE, na_values=["-"], keep_default_na=False,
        on_bad_lines="skip", encoding_errors="replace", engine="c", low_memory=False,
    )
    for fields, paths in by_header()
    for path in paths
]  # fmt: skip
rows = pd.concat(frames, ignore_index=True)
rows.insert(
    0, "timestamp", pd.to_datetime(rows.pop("date") + " " + rows.pop("time"), format="%Y-%m-%d %H:%M:%S", utc=True)
)
print(len(rows))
