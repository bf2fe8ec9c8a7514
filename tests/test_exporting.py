"""Exports: every row, typed and annotated; nothing that a spreadsheet would run; nothing half-written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import logan
from logan.exceptions import OptionError
from logan.exporting import export
from logan.selection import Selection
from logan.writing import cell
from tests.builders import http_log, http_row, write


def test_parquet_holds_every_row_with_its_words(tmp_path: Path) -> None:
    rows = export("samples", str(tmp_path / "all.parquet"))
    frame = pd.read_parquet(tmp_path / "all.parquet")
    assert rows == len(frame) == logan.summarize("samples").hits
    assert str(pq.read_schema(tmp_path / "all.parquet").field("timestamp").type) == "timestamp[us, tz=UTC]"
    broken = frame[(frame.sc_status == 500) & (frame.sc_substatus == 19)]
    assert len(broken) and broken.title.notna().all() and broken.remedies.str.len().min() > 10


def test_folder_is_partitioned_by_service_site_and_date(tmp_path: Path) -> None:
    target = tmp_path / "out"
    rows = export("samples/FTPSVC2", f"{target}/")
    assert (target / "service=ftp" / "site=FTPSVC2" / "date=2026-11-21").is_dir()
    assert len(pd.read_parquet(target)) == rows


def test_site_names_from_a_log_never_become_paths(tmp_path: Path) -> None:
    row = "2026-11-16 08:00:00 ../../../evil 200\n"
    write(tmp_path, "u_ex1.log", http_log(row, fields="date time s-sitename sc-status"))
    export(tmp_path / "u_ex1.log", f"{tmp_path}/deep/out/")
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("attack", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", '=HYPERLINK("http://x")'])
def test_no_cell_is_a_formula(tmp_path: Path, attack: str) -> None:
    write(tmp_path, "u_ex1.log", http_log(http_row(uri=attack.replace(" ", "_"))))
    export(tmp_path / "u_ex1.log", str(tmp_path / "x.csv"))
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert row["cs_uri_stem"] == "'" + attack.replace(" ", "_")
    assert cell(attack).startswith("'")  # type: ignore[union-attr]


def test_json_lines(tmp_path: Path) -> None:
    write(tmp_path, "u_ex1.log", http_log(http_row(status="404 7 0")))
    export(tmp_path / "u_ex1.log", str(tmp_path / "x.jsonl"), lang="zh", selection=Selection(statuses=("404.7",)))
    [row] = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (row["timestamp"], row["sc_status"], row["cs_username"]) == ("2026-11-16T08:00:00Z", 404, None)
    assert any("\u4e00" <= char <= "\u9fff" for char in row["title"])


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\.parquet, \.csv, \.jsonl"):
        export("samples/FTPSVC2", str(tmp_path / "x.xlsx"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("sites", "expected"), [((), "/0 /1 /2 /3 /4 /5"), (("W3SVC1",), "/2 /5"), (("W3SVC1", "W3SVC7"), "/1 /2 /4 /5")]
)
def test_rows_of_several_sites_keep_their_order(tmp_path: Path, sites: tuple[str, ...], expected: str) -> None:
    rows = [f"2026-11-16 08:00:00 {site} /{n} 200\n" for n, site in enumerate(["W3SVC2", "-", "W3SVC1"] * 2)]
    write(tmp_path, "W3SVC7/u_ex1.log", http_log(*rows, fields="date time s-sitename cs-uri-stem sc-status"))
    export(tmp_path / "W3SVC7", str(tmp_path / "all.csv"), selection=Selection(sites=sites))
    with open(tmp_path / "all.csv", encoding="utf-8-sig", newline="") as stream:
        assert " ".join(row["cs_uri_stem"] for row in csv.DictReader(stream)) == expected
