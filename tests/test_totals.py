"""A sum in columns is the sum by `+`, whatever comes in which order, and its limits say what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan import totals
from logan.columns import Columns, packed, summary_of
from logan.reading.parsing import Rejected
from logan.summary import Lines, Summary
from logan.tables import GROUPS, TABLES
from logan.tables.counts import Counts, Groups
from logan.tables.distinct import Sketches
from logan.tables.series import Key
from logan.totals import RunningTotal, RunningTotals

NAMES: dict[str, st.SearchStrategy[Any]] = {
    "service": st.just("http"),
    "site": st.sampled_from([None, "W3SVC1", "W3SVC2"]),
    "status": st.sampled_from([None, 200, 404, 500]),
    "bucket": st.sampled_from([-3, 0, 7, 2_000_000]),
    "week": st.integers(-1, 2),
    "bin": st.sampled_from([0, 63, 190]),
    "ms": st.sampled_from([0, 700, 2**33]),
}
TEXTS = st.sampled_from([None, "/", "/ä", "/\udc80", *"abcdefgh"])
HITS = st.integers(1, 9)


def keys(names: tuple[str, ...]) -> st.SearchStrategy[Key]:
    return st.tuples(*(NAMES.get(name, TEXTS) for name in names))


@st.composite
def summaries(draw: Callable[[Any], Any]) -> Summary:
    """A summary with rows in every table, below the limits."""
    tables: dict[str, Any] = {}
    for name, shape in TABLES.items():
        width = len(shape.sums) - 1 + 2 * shape.span
        values = st.tuples(HITS, *[st.integers(-(2**40), 2**40)] * width)
        if not shape.span:  # sums may be of any size, times may not
            values |= st.tuples(HITS, *[st.sampled_from([0, 2**63 - 1, -(2**63), 2**64])] * width)
        tables[name] = Counts(
            shape, draw(st.dictionaries(keys(shape.keys), values, max_size=4)), draw(st.integers(0, 2))
        )
    for name, (names, label, limit) in GROUPS.items():
        labels = st.dictionaries(NAMES.get(label, TEXTS), HITS, min_size=1, max_size=4)
        rows = draw(st.dictionaries(keys(names), labels, max_size=3))
        lost = {key: draw(HITS) for key in list(rows)[:1]} if limit else {}
        tables[name] = Groups(names, label, rows, limit, lost)
    hashes = st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=50).map(lambda some: tuple(sorted(some)))
    read = draw(st.integers(0, 3))
    return Summary(
        files=1,
        bytes=draw(HITS),
        lines=Lines(read, read),
        skipped=draw(st.sampled_from([(), (("a.log", "is empty"),)])),
        rejects=draw(st.sampled_from([(), (Rejected("a.log", 3, "why", "\udcff"),)])),
        backwards=draw(st.sampled_from([(), (("a.log", 3, "10:00", "09:00"),)])),
        distinct=Sketches.of({key: draw(hashes) for key in tables["probes"].rows}),
        **tables,
    )


some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True, scope="module")
def put_together_all_the_time() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals, "_GATHER", 2)
        patch.setattr(totals, "_NAMES", 4)
        patch.setattr(totals._Gathered, "__init__", _small)
        yield


def _small(self: Any, parts: list[Any]) -> None:
    self.parts, self.waiting, self.room = parts, 0, 2


@some
@given(st.lists(summaries(), max_size=6), st.data())
def test_a_running_total_is_the_sum_by_plus(parts: list[Summary], data: Any) -> None:
    expected = reduce(add, parts, Summary())
    sums = RunningTotal()
    for part in data.draw(st.permutations(parts)):
        sums.add(Columns.of(part) if data.draw(st.booleans()) else part)
    assert sums.total() == expected
    cut = data.draw(st.integers(0, len(parts)))
    halves = [RunningTotal(), RunningTotal()]
    for n, part in enumerate(parts):
        halves[n < cut].add(part)
    both = RunningTotal()
    for half in halves:
        both.add(half.sum())
    assert Columns.of(both.sum()).summary() == expected


@some
@given(summaries())
def test_columns_hold_all_of_a_summary_in_a_file_too(summary: Summary) -> None:
    columns = Columns.of(summary)
    assert columns.summary() == summary
    assert Columns.from_bytes(columns.to_bytes()).summary() == summary


@some
@given(st.lists(summaries(), min_size=2, max_size=8))
def test_above_the_limits_lost_says_by_how_much_a_count_can_be_too_low(parts: list[Summary]) -> None:
    exact = reduce(add, parts)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("uris", "probes"):
            patch.setitem(TABLES, name, TABLES[name]._replace(limit=3))
        patch.setitem(GROUPS, "status_uris", (*GROUPS["status_uris"][:2], 2))
        sums = RunningTotal()
        for part in parts:
            sums.add(Columns.of(part))
        total = sums.total()
    for name in ("uris", "probes"):
        counts: Counts = getattr(total, name)
        assert len(counts) <= 3
        _bounded({key: row[0] for key, row in getattr(exact, name)}, {key: row[0] for key, row in counts}, counts.lost)
    for key, labels in exact.status_uris.rows.items():
        kept = total.status_uris.rows[key]
        assert len(kept) <= 2
        _bounded(labels, kept, total.status_uris.lost.get(key, 0))
    assert total.distinct == {key: sketch for key, sketch in total.distinct.items() if key in total.probes.rows}
    assert total.events == exact.events


def _bounded(true: Any, kept: Any, lost: int) -> None:
    for name, hits in true.items():
        assert kept.get(name, 0) <= hits <= kept.get(name, 0) + lost
    assert kept.keys() <= true.keys()


def test_at_the_end_the_largest_are_kept_and_nothing_was_let_go_before() -> None:
    """By `+`, each addition lets go of some; here, a limit is kept once."""
    parts = [_uris({"/a": 2, "/b": 3}), _uris({"/c": 3, "/d": 1}), _uris({"/a": 2, "/d": 1})]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TABLES, "uris", TABLES["uris"]._replace(limit=2))
        patch.setattr(totals, "_SLACK", 4)
        sums = RunningTotals()
        for part in parts:
            sums.add({"": Columns.of(part)})
        uris = summary_of(sums.sums()[""]).uris
    assert {key[2]: row[0] for key, row in uris} == {"/a": 4, "/b": 3}
    assert uris.lost == 3


def _uris(hits: dict[str, int]) -> Summary:
    rows = {("http", None, uri): (count, 0, 0, 0, 0) for uri, count in hits.items()}
    return Summary(uris=Counts(TABLES["uris"], rows))


def test_keys_of_many_values_still_go_into_one_integer() -> None:
    rng = np.random.default_rng(1)
    keys = rng.integers(-(2**31), 2**31, (9, 500)).astype(np.int32)
    keys = np.concatenate([keys, keys[:, :100]], axis=1)
    one = packed(keys)
    assert len(set(one.tolist())) == 500
    assert one[:100].tolist() == one[500:].tolist()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-9],
        lambda data: data[data.index(b"\n") :],
        lambda data: b"[]" + data,
        lambda data: data.replace(b'"/a"', b"[2.0]"),
        lambda data: data.replace(b'"http",', b""),
    ],
    ids=["cut short", "no head", "another head", "a name that is none", "a name too few"],
)
def test_what_is_damaged_raises_what_the_cache_expects(spoil: Callable[[bytes], bytes]) -> None:
    data = Columns.of(_uris({"/a": 2})).to_bytes()
    with pytest.raises((KeyError, IndexError, TypeError, ValueError)):
        Columns.from_bytes(spoil(data))
