"""Counters sum up rightly, and take no more memory than what they hold makes necessary."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from logan.arrays import Coded, Texts
from logan.counting.accumulation import SiteAccumulator
from logan.counting.counters import Grid, Sparse
from logan.counting.details import _sketched
from logan.counting.names import Names
from logan.tables import TABLES
from logan.tables.counts import Counts, Shape
from logan.tables.distinct import DISTINCT, Sketches, hashed

GATHER = 64


def _name(names: Names, number: int) -> None:
    """Number so many names: "0", "1" and so on, from 1."""
    texts = Texts.of([str(n).encode() for n in range(number)])
    names.numbers(Coded(np.arange(number, dtype=np.int32), texts))


def _held(counter: Sparse) -> int:
    return int(counter._keys.nbytes + counter._values.nbytes)


def test_sums_are_those_of_a_dictionary_however_they_come() -> None:
    random = np.random.default_rng(7)
    sums, spans = Sparse(2, gather=GATHER), Sparse(3, span=True, gather=GATHER)
    expected: dict[int, tuple[int, int, int, int]] = {}
    for size in (1, 0, 5, 300, 7, *[40] * 20):
        keys, values = random.integers(0, 500, size), random.integers(-9, 9, size)
        sums.add(keys, values, values * 2)
        spans.add(keys, values, values, values)
        for key, value in zip(keys.tolist(), values.tolist(), strict=True):
            total, double, first, last = expected.get(key, (0, 0, value, value))
            expected[key] = total + value, double + 2 * value, min(first, value), max(last, value)
    for counter, columns in ((sums, (0, 1)), (spans, (0, 2, 3))):
        found, table = counter.items()
        assert found.tolist() == sorted(expected)
        assert table.T.tolist() == [[expected[key][column] for column in columns] for key in sorted(expected)]


def test_what_was_taken_out_stays_as_it_was() -> None:
    counter = Sparse(gather=GATHER)
    counter.add(np.arange(10), np.ones(10, np.int64))
    keys, values = counter.items()
    for _ in range(20):
        counter.add(np.arange(10)[::-1], np.full(10, 5))
    assert counter.items()[1].tolist() == [[101] * 10]
    assert (keys.tolist(), values.tolist()) == (list(range(10)), [[1] * 10])


def test_sums_that_64_bits_do_not_hold_are_python_integers() -> None:
    counter = Sparse(gather=GATHER)
    counter.add(np.array([1, 2]), np.array([2**63 - 1, 1]))
    counter.add(np.array([1]), np.array([2**63], object))
    assert counter.items()[1].tolist() == [[2**64 - 1, 1]]


@pytest.mark.parametrize("columns", [0, 1, 3])
def test_room_is_for_half_as_many_again_and_never_for_all_that_was_added(columns: int) -> None:
    """A year of batches names the same clients and pages again and again; sums may grow, the memory for rows may not."""
    counter, random, most = Sparse(columns, gather=1000), np.random.default_rng(7), 0
    for _ in range(500):
        keys = random.integers(0, 5000, 400)
        counter.add(keys, *[keys] * columns)
        most = max(most, _held(counter))
    assert most <= (5000 * 3 // 2 + 400) * 8 * (1 + columns)
    counter.items()
    assert _held(counter) == 5000 * 8 * (1 + columns)


def test_few_keys_take_little_from_the_start() -> None:
    """There may be thousands of sites, and each has several counters."""
    counter = Sparse()
    counter.add(np.arange(10), np.ones(10, np.int64))
    assert _held(counter) <= 2 * 10 * 16


def test_all_that_is_added_stands_in_two_arrays() -> None:
    """Many small arrays that stay would part the memory that counting takes and gives back."""
    counter, keys = Sparse(), np.arange(10)
    for _ in range(100):
        counter.add(keys, keys)
    assert not any(np.shares_memory(keys, held) for held in (counter._keys, counter._values))
    assert (len(counter), counter._keys.ndim, counter._values.shape[0]) == (1000, 1, 1)


@pytest.mark.parametrize("extra", [0, 1, 500])
def test_details_beyond_the_limit_are_let_go_before_they_are_named(extra: int) -> None:
    """The same rows are left, of equal ones the first by name, and the same is told to be lost, as by naming all."""
    limit = TABLES["logons"].limit
    assert limit is not None
    site = SiteAccumulator("http", "W3SVC1")
    _name(site.details._users, limit)
    _name(site.clients, 3)
    users = np.arange(limit + extra)
    keys = (users % 3) << 35 | (users % limit) << 3 | (users % 2 + 1)
    hits = np.where(users < 9, 3, 1)
    site.details._logons.add(keys, hits, users, users)
    everything = {
        (
            str(key >> 35) if (key >> 35) else "",
            str((key >> 3 & 0xFFFFFFFF) - 1) if key >> 3 & 0xFFFFFFFF else "",
            key & 7,
        ): (n,)
        for key, n in zip(keys.tolist(), hits.tolist(), strict=True)
    }
    assert len(everything) == limit + extra
    site.fold()
    found = site.details.tables["logons"]
    expected = Counts(Shape(("client", "user", "outcome"), limit=limit), everything).trimmed()
    assert len(found) == limit and site.details.lost.get("logons", 0) == expected.lost
    texts = {1: "failed", 2: "succeeded"}
    names = {
        (str(int(client) - 1) if client else None, user or None, texts[outcome])
        for (client, user, outcome) in expected.rows
    }
    assert {key[2:] for key in found} == names


def test_sketches_are_of_the_first_hashes_of_their_urls() -> None:
    """And go with their clients when these get other numbers, as when the least frequent are let go."""
    names = Names()
    _name(names, 100)
    urls = np.arange(1, 101)
    pairs = np.concatenate([client << 32 | urls for client in range(20)] + [20 << 32 | urls[:3]])
    found = _sketched(pairs, names)
    hashes = sorted(hashed([str(n).encode() for n in range(100)]).tolist())
    few = sorted(hashed([str(n).encode() for n in range(3)]).tolist())
    sketches = Sketches([(n,) for n in found.clients.tolist()], found.starts, found.stops, found.hashes)
    assert sketches == {**{(client,): tuple(hashes[:DISTINCT]) for client in range(20)}, (20,): tuple(few)}
    new = np.full(21, -1)
    new[[20, 7]] = 1, 2
    left = found.renumbered(new)
    sketches = Sketches([(n,) for n in left.clients.tolist()], left.starts, left.stops, left.hashes)
    assert sketches == {(1,): tuple(few), (2,): tuple(hashes[:DISTINCT])}


def _cells(grid: Grid) -> dict[tuple[int, int], int]:
    rows, columns, hits = (part.tolist() for part in grid.items())
    cells = dict(zip(zip(rows, columns, strict=True), hits, strict=True))
    assert len(cells) == len(rows)
    return cells


@pytest.mark.parametrize("before", [0, (1 << 32) - 700], ids=["", "more than 32 bits hold"])
def test_a_grid_counts_in_its_table_beyond_it_and_under_new_numbers(before: int) -> None:
    random = np.random.default_rng(3)
    grid, expected = Grid(8, rows=300), Counter[tuple[int, int]]()
    grid._counted = before
    sizes = [(1000, 9), (300, 20), (3, 200), (70, 200), (299, 200), (5, 200), (400, 200), (1000, 200)]
    for highest, size in sizes:  # the first few wait outside the table, and from row 300 on, all do
        rows, columns = random.integers(0, highest, size), random.integers(0, 10, size)
        grid.count(rows, columns)
        assert bool(grid._used) == (before > 0 or size > 20)
        expected.update(zip(rows.tolist(), columns.tolist(), strict=True))
    assert _cells(grid) == expected
    assert grid._table.dtype == (np.uint64 if before else np.uint32)
    weights = np.arange(10)
    assert grid.row_sums(weights, 1000).tolist() == [
        sum(hits * column for (row, column), hits in expected.items() if row == wanted) for wanted in range(1000)
    ]
    new = random.permutation(1000)
    new[::7] = -1
    grid.renumber(new)
    assert _cells(grid) == {(int(new[row]), column): n for (row, column), n in expected.items() if new[row] >= 0}
    assert sum(grid.row_sums(np.ones(10, np.int64), 1000).tolist()) == sum(_cells(grid).values())
