"""Saved summaries: whole, equal, and refused when damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from logan.exceptions import OptionError, SourceError
from logan.selection import Selection
from logan.summarizing import summarize
from logan.summary import Summary


def test_saved_and_loaded_are_equal_and_add_up(tmp_path: Path) -> None:
    one, other = summarize("samples/W3SVC1"), summarize("samples/HTTPERR")
    one.save(str(tmp_path / "one.logan"))
    other.save(str(tmp_path / "other.logan"))
    assert Summary.load(str(tmp_path / "one.logan")) == one
    assert summarize([tmp_path / "one.logan", tmp_path / "other.logan"]) == one + other


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", gzip.compress(b"{}", mtime=0), gzip.compress(json.dumps({"schema": "logan.saved/0"}).encode(), mtime=0),
                gzip.compress(b'"text"', mtime=0), gzip.compress(b"\xff", mtime=0)]
)  # fmt: skip
def test_a_damaged_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.logan"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="Save it again"):
        Summary.load(str(path))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("rejects", ["p", 1, 5, "t"]),
        ("skipped", ["p", 5]),
        ("skipped", [None, "x"]),
        ("backwards", ["p", "1", "a", "b"]),
    ],
)
def test_remarks_of_the_wrong_types_are_refused(tmp_path: Path, name: str, values: list[object]) -> None:
    path = tmp_path / "week.logan"
    summarize("samples/FTPSVC2").save(str(path))
    data = json.loads(gzip.decompress(path.read_bytes()))
    data[name] = [values]
    path.write_bytes(gzip.compress(json.dumps(data).encode()))
    with pytest.raises(SourceError, match="is no saved summary of this version"):
        Summary.load(str(path))


def test_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.logan"
    path.write_bytes(b"before")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gzip.GzipFile, "write", full)
    with pytest.raises(SourceError, match="No space left"):
        Summary().save(str(path))
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x.logan", b"before")]


def test_a_saved_summary_has_no_rows_to_choose_from(tmp_path: Path) -> None:
    Summary().save(str(tmp_path / "x.logan"))
    with pytest.raises(OptionError, match="holds no rows"):
        summarize(tmp_path / "x.logan", selection=Selection(statuses=("404",)))


def test_a_pattern_of_saved_summaries(tmp_path: Path) -> None:
    one = summarize("samples/HTTPERR")
    for name in ("week46.logan", "week47.logan"):
        one.save(str(tmp_path / name))
    assert summarize(str(tmp_path / "week*.logan")) == one + one
    with pytest.raises(SourceError, match="there is no such file"):
        summarize(str(tmp_path / "month*.logan"))
