"""DuckDB's answer: statuses, hits by hour, top URLs and clients on errors, percentiles; JSON on stdout.

One scan into a temporary table of the columns needed, then five small queries: of the shapes tried this was the fastest.
Directives are dropped by `ignore_errors`, as they do not fit the schema. `comment='#'` would drop every row that holds
a '#' anywhere. `buffer_size` of 8 MB is faster than the default and takes less memory.
"""

from __future__ import annotations

import json
from typing import Any

import duckdb
from header import by_header

TYPES = {
    "date": "DATE",
    "sc-status": "USMALLINT",
    "sc-substatus": "USMALLINT",
    "sc-win32-status": "UINTEGER",
    "time-taken": "UINTEGER",
}
TABLE = """
create temp table rows as select date, time[:2] as hour, "sc-status" as status, "sc-substatus" as substatus,
  "sc-win32-status" as win32, case when "sc-status" >= 400 then "cs-uri-stem" end as uri,
  case when "sc-status" >= 400 then "c-ip" end as client, "time-taken" as taken from ({source})
"""
QUERIES = {
    "statuses": "select status, substatus, win32, count(*) from rows group by all order by 4 desc",
    "hours": "select date::varchar, hour, status // 100, count(*) from rows group by all order by 1, 2, 3",
    "uris": "select uri, count(*) from rows where uri is not null group by all order by 2 desc limit 10",
    "clients": "select client, count(*) from rows where client is not null group by all order by 2 desc limit 10",
    "time": "select sum(taken)::bigint, max(taken), approx_quantile(taken, [0.5, 0.9, 0.95, 0.99]) from rows",
}


def scan(fields: list[str], paths: list[str]) -> str:
    """The select that reads these files."""
    columns = {name: TYPES.get(name, "VARCHAR") for name in fields}
    return (
        f"select * from read_csv({paths!r}, delim=' ', header=false, auto_detect=false, columns={columns!r}, quote='', "
        "escape='', nullstr='-', ignore_errors=true, null_padding=false, buffer_size=8000000)"
    )


def main() -> None:
    database = duckdb.connect()
    source = " union all by name ".join(scan(*group) for group in by_header())
    database.execute(TABLE.format(source=source))
    answer: dict[str, Any] = {name: database.execute(query).fetchall() for name, query in QUERIES.items()}
    answer["time_taken_sum"] = int(answer["time"][0][0])
    print(json.dumps(answer, default=str))


main()
