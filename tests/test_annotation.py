"""Explanations beside rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import logan
from logan.annotation import ADDED, annotate
from logan.catalogue.lookup import Explanation, lookup


def arrow(**columns: tuple[list[object], pa.DataType]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.array(pa.array(values, kind), dtype=pd.ArrowDtype(kind)) for name, (values, kind) in columns.items()}
    )


ROWS = arrow(
    service=(["http", "http", "http", "ftp", "ftp", "httperr", "httperr"], pa.dictionary(pa.int32(), pa.string())),
    sc_status=([404, 401, 200, 530, None, 503, None], pa.int32()),
    sc_substatus=([0, 2, 0, 41, 0, None, None], pa.int32()),
    sc_win32_status=([2, 5, 64, 1326, 0, None, None], pa.int64()),
    s_reason=([None] * 5 + ["QueueFull", "Timer_ConnectionIdle"], pa.string()),
    cs_method=(["GET", "GET", "GET", "PASS", "DataChannelClosed", "GET", None], pa.string()),
)


def test_texts_are_those_of_lookup() -> None:
    frame = annotate(ROWS, lang="zh")
    text = lookup("http", 404, 0, 2).text("zh")
    first = frame.iloc[0]
    assert (first["title"], first["meaning"]) == (text.title, text.meaning)
    assert first["causes"].split(" | ") == list(text.causes)
    assert frame["title"].iloc[4] == lookup("ftp", None, reason="DataChannelClosed").text("zh").title


def test_kinds() -> None:
    assert annotate(ROWS)["kind"].tolist() == ["failure", "handshake", "noise", "failure", "ok", "failure", "noise"]


def test_columns_are_arrow_dictionaries_and_the_argument_stays() -> None:
    before = ROWS.copy()
    frame = annotate(ROWS)
    pd.testing.assert_frame_equal(ROWS, before)
    assert list(frame.columns) == [*ROWS.columns, *ADDED]
    for name in ADDED:
        assert frame[name].dtype == pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))


def test_index_and_order_are_kept() -> None:
    frame = annotate(ROWS.iloc[[5, 0, 0]])
    assert frame.index.tolist() == [5, 0, 0]
    assert frame["title"].iloc[1] == frame["title"].iloc[2] == annotate(ROWS)["title"].iloc[0]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"sc_status": [404, 200]}),
        pd.DataFrame({"sc_status": [404.0, None]}),
        pd.DataFrame({"sc_status": pd.array([404, None], dtype="Int64")}),
        pd.DataFrame({"cs_uri_stem": ["/a", "/b"]}),
        ROWS.head(0),
        pd.DataFrame(),
    ],
    ids=["integers", "floats", "nullable", "no status", "no rows", "nothing"],
)
def test_frames_that_lack_columns(frame: pd.DataFrame) -> None:
    annotated = annotate(frame)
    assert len(annotated) == len(frame)
    assert set(ADDED) <= set(annotated.columns)


def test_a_status_without_logged_substatus_names_the_setting() -> None:
    frame = annotate(pd.DataFrame({"sc_status": [403]}))
    assert "Select Fields" in frame["meaning"].iloc[0]
    frame = annotate(pd.DataFrame({"sc_status": [403, 403], "sc_substatus": pd.array([14, None], dtype="Int64")}))
    assert "Select Fields" not in frame["meaning"].iloc[1]


def test_many_rows_cost_few_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*args: Any, **options: Any) -> Explanation:
        calls.append(args)
        return lookup(*args, **options)

    monkeypatch.setattr("logan.annotation.lookup", counted)
    annotate(pd.concat([ROWS] * 50, ignore_index=True))
    assert len(calls) == len(ROWS)


def test_annotate_is_a_name_of_the_library() -> None:
    assert logan.annotate is annotate
