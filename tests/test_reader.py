"""`logan.read`: types, missing values, unions of field lists, filters."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest

import logan
from tests.builders import FTP_FIELDS, HTTPERR_FIELDS, http_log, http_row, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A server's folder: a web site, an FTP site and HTTPERR."""
    write(
        tmp_path, "W3SVC1/u_ex261116.log", http_log(http_row(), http_row(status="404 0 2", time="09:00:00", taken="-"))
    )
    ftp = "2026-11-16 10:00:00 203.0.113.9 - 10.0.0.1 21 ControlChannelOpened - - 0 0 abc -\n"
    write(tmp_path, "FTPSVC2/u_ex261116.log", http_log(ftp, fields=FTP_FIELDS))
    err = "2026-11-16 11:00:00 203.0.113.9 5000 10.0.0.1 80 HTTP/1.1 GET /a 503 1 N/A Pool\n"
    write(tmp_path, "HTTPERR/httperr1.log", http_log(err, fields=HTTPERR_FIELDS))
    return tmp_path


def test_types_come_from_the_table_and_missing_is_missing(folder: Path) -> None:
    frame = logan.read(folder)
    types = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert list(frame.columns[:3]) == ["timestamp", "service", "site"]
    assert types["timestamp"] == "timestamp[us, tz=UTC][pyarrow]"
    assert (types["sc_status"], types["sc_win32_status"], types["time_taken"]) == (
        "int32[pyarrow]",
        "int64[pyarrow]",
        "int64[pyarrow]",
    )
    assert types["cs_uri_stem"].startswith("dictionary")
    ftp = frame[frame.service == "ftp"].iloc[0]
    assert pd.isna(ftp.sc_status) and pd.isna(ftp.cs_username) and ftp.sc_substatus == 0
    assert pd.isna(frame[frame.sc_status == 404].time_taken.iloc[0])
    err = frame[frame.service == "httperr"].iloc[0]
    assert (err.s_reason, err.site) == ("N/A", "W3SVC1")


def test_an_empty_selection_has_the_same_types(folder: Path) -> None:
    whole, none = logan.read(folder / "W3SVC1"), logan.read(folder / "W3SVC1", since="2030-01-01")
    assert len(none) == 0 and "timestamp" in none.columns
    assert all(str(none[name].dtype) == str(whole[name].dtype) for name in none.columns)


def test_columns_in_the_order_asked_for(folder: Path) -> None:
    assert list(logan.read(folder, columns=["sc_status", "timestamp"]).columns) == ["sc_status", "timestamp"]
    with pytest.raises(logan.OptionError, match="no such column: sc_statos"):
        logan.read(folder, columns=["sc_statos"])


def test_since_and_until_are_half_open_and_in_the_zone(folder: Path) -> None:
    hours = [t.hour for t in logan.read(folder, since="2026-11-16T09:00", until="2026-11-16T11:00").timestamp]
    assert sorted(hours) == [9, 10]
    frame = logan.read(folder, since="2026-11-16T17:00", tz="Asia/Shanghai")
    assert frame.timestamp.min().hour == 9


def test_bad_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "u_ex1.log", http_log(http_row(), "torn\n"))
    with pytest.warns(logan.LogWarning, match="1 lines could not be read.*u_ex1.log:6"):
        assert len(logan.read(path)) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(logan.read(path, on_bad_lines="skip")) == 1
    with pytest.raises(logan.BadLineError, match=r"u_ex1.log:6: 1 values for 15 fields\n    torn"):
        logan.read(path, on_bad_lines="error")


def test_a_validated_number_rejects_whatever_columns_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "u_ex1.log", http_log(http_row(), http_row().replace(" 443 ", " x443 ")))
    for columns in (None, ["timestamp"], ["s_port"]):
        assert len(logan.read(path, columns=columns, on_bad_lines="skip")) == 1
    assert logan.summarize(path).lines.rejected == 1


def test_a_frame_and_its_files_have_the_same_summary(folder: Path) -> None:
    frame, files = logan.summarize(logan.read(folder)), logan.summarize(folder)
    for name in ("events", "spans", "uris", "clients", "logons", "status_uris", "uri_latency", "queues"):
        assert getattr(frame, name) == getattr(files, name), name
    assert frame.lines.rows == files.lines.rows == 4


def test_a_frame_and_its_files_agree_on_what_each_site_logs() -> None:
    """A frame has the columns of all sites; what one of them lacks is still told of it."""
    samples = Path(__file__).parent.parent / "samples"
    frame, files = (logan.summarize(source) for source in (logan.read(samples, on_bad_lines="skip"), samples))
    assert frame.to_dict()["sites"] == files.to_dict()["sites"]
    assert frame.to_dict()["totals"] == files.to_dict()["totals"]

    def told(summary: logan.Summary, name: str) -> list[tuple[str | None, int]]:
        return [(found.site, found.hits) for found in logan.findings(summary) if found.id == name]

    assert told(frame, "log-fields-off") == told(files, "log-fields-off") != []
    assert told(frame, "forwarded-clients") == told(files, "forwarded-clients") != []


@pytest.mark.parametrize("noted", [True, False], ids=["as it was read", "joined from several"])
def test_what_parts_of_a_frame_log_adds_up(tmp_path: Path, noted: bool) -> None:
    """A user name in one row in four is logged in all of them; bytes are logged from the second header on."""
    names = ("-", "-", "-", "ann")
    write(tmp_path, "W3SVC1/u_ex1.log", http_log(*(http_row(user=name) for name in names)))
    rows = [f"2026-11-16 09:00:00 /a {name} 200 {sent}\n" for name, sent in zip(names, (0, 7, 8, 9), strict=True)]
    write(tmp_path, "W3SVC1/u_ex2.log", http_log(*rows, fields="date time cs-uri-stem cs-username sc-status sc-bytes"))
    write(tmp_path, "W3SVC2/u_ex1.log", http_log(http_row()))
    frame = logan.read(tmp_path)
    if not noted:
        frame.attrs.clear()
    whole = logan.summarize(frame)
    for cut in range(1, len(frame)):
        assert logan.Summary.of(frame.iloc[:cut]) + logan.Summary.of(frame.iloc[cut:]) == whole
    assert whole.fields.rows["http", "W3SVC1", "cs-username"] == (8,)
    assert whole.fields.rows["http", "W3SVC1", "sc-bytes"] == (4,)
    assert ("http", "W3SVC2", "sc-bytes") not in whole.fields.rows
    assert [site["bytes_sent"] for site in whole.to_dict()["sites"]] == [24, None]


@pytest.mark.skipif(pd.__version__.startswith("2.2."), reason="this pandas cannot read columns of codes back")
def test_what_was_logged_goes_with_a_frame_into_parquet(tmp_path: Path) -> None:
    anonymous = http_log(http_row())
    write(tmp_path, "W3SVC1/u_ex1.log", anonymous.replace("cs(Referer) ", "").replace(" curl/8.0 -", " curl/8.0"))
    write(tmp_path, "W3SVC2/u_ex1.log", anonymous)
    frame = logan.read(tmp_path)
    frame.to_parquet(tmp_path / "frame.parquet")
    again = pd.read_parquet(tmp_path / "frame.parquet", dtype_backend="pyarrow")
    for rows in (frame, again, logan.annotate(frame)):
        off = [found for found in logan.findings(logan.summarize(rows)) if found.id == "log-fields-off"]
        assert [(found.site, found.evidence["fields"][0]["field"]) for found in off] == [("W3SVC1", "cs(Referer)")]
    assert frame.equals(again)


def test_a_frame_made_by_hand(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"timestamp": pd.to_datetime(["2026-11-16"], utc=True), "sc_status": [404], "cs_uri_stem": ["/x"]}
    )
    summary = logan.summarize(frame)
    assert [key[3] for key, _ in summary.spans] == [404]
    with pytest.raises(logan.OptionError, match="no column timestamp"):
        logan.summarize(frame.drop(columns="timestamp"))


def test_local_times_become_utc_where_the_zone_is_known(tmp_path: Path) -> None:
    from logan.selection import Selection

    row = "10.0.0.9, -, 6/1/2009, 9:05:00, W3SVC1, WEB, 10.0.0.1, 15, 300, 900, 200, 0, GET, /a, -,\n"
    path = write(tmp_path, "in090601.log", row)
    assert logan.read(path).timestamp.iloc[0].hour == 9
    assert logan.read(path, selection=Selection(local_zone="America/New_York")).timestamp.iloc[0].hour == 13


def test_rows_of_several_sites_in_one_file_keep_its_order(tmp_path: Path) -> None:
    """HTTPERR and centralized W3C logs hold all sites of a server."""
    names = ["W3SVC2", "-", "W3SVC1", "W3SVC2", "-", "W3SVC1"] * 5
    rows = [f"2026-11-16 08:00:00 {site} /{n} 200\n" for n, site in enumerate(names)]
    write(tmp_path, "W3SVC7/u_ex261116.log", http_log(*rows, fields="date time s-sitename cs-uri-stem sc-status"))
    frame = logan.read(tmp_path)
    assert frame.cs_uri_stem.tolist() == [f"/{n}" for n in range(30)]
    assert frame.site.tolist() == [name.replace("-", "W3SVC7") for name in names]


def test_rows_without_any_site(tmp_path: Path) -> None:
    rows = [f"2026-11-16 08:00:00 {site} /{n} 200\n" for n, site in enumerate(["-", "W3SVC1", "-"])]
    write(tmp_path, "u_ex261116.log", http_log(*rows, fields="date time s-sitename cs-uri-stem sc-status"))
    frame = logan.read(tmp_path)
    assert [None if pd.isna(site) else site for site in frame.site] == [None, "W3SVC1", None]
    assert logan.read(tmp_path, until="2026-11-01").site.tolist() == []
