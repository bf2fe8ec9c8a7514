"""pandas' answer: statuses, hits by hour, top URLs and clients on errors, percentiles; JSON on stdout.

The C engine, the columns needed, file by file. `comment="#"` would cut every line that holds a '#', so directives are
read as rows and dropped behind. Numbers are made from text afterwards, since one odd value would turn a column to floats.
"""

from __future__ import annotations

import csv
import json

import pandas as pd
from header import by_header

WANTED = ["date", "time", "c-ip", "cs-uri-stem", "sc-status", "sc-substatus", "sc-win32-status", "time-taken"]
TRIPLE = ["sc-status", "sc-substatus", "sc-win32-status"]


def read(path: str, fields: list[str]) -> pd.DataFrame:
    """The rows of a file."""
    frame = pd.read_csv(
        path, sep=" ", names=fields, usecols=WANTED, index_col=False, quoting=csv.QUOTE_NONE, dtype="str", na_values=["-"],
        keep_default_na=False, on_bad_lines="skip", encoding_errors="replace", engine="c",
    )  # fmt: skip
    frame = frame[~frame["date"].str.startswith("#")]
    for name in [*TRIPLE, "time-taken"]:
        frame[name] = pd.to_numeric(frame[name], errors="coerce").astype("Int64")
    return frame


def main() -> None:
    rows = pd.concat([read(path, fields) for fields, paths in by_header() for path in paths], ignore_index=True)
    errors = rows[rows["sc-status"] >= 400]
    statuses = rows.groupby(TRIPLE, dropna=False).size()
    hours = rows.groupby(["date", rows["time"].str[:2], rows["sc-status"] // 100], dropna=False).size()
    taken = rows["time-taken"].dropna()
    answer = {
        "statuses": [[None if pd.isna(v) else int(v) for v in key] + [int(n)] for key, n in statuses.items()],
        "hours": [[*map(str, key), int(n)] for key, n in hours.items()],
        "uris": errors["cs-uri-stem"].value_counts().head(10).to_dict(),
        "clients": errors["c-ip"].value_counts().head(10).to_dict(),
        "time": [float(taken.quantile(q)) for q in (0.5, 0.9, 0.95, 0.99)],
        "time_taken_sum": int(taken.sum()),
    }
    print(json.dumps(answer))


main()
