"""How batches wait to be counted."""

from __future__ import annotations

import gzip
import re
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import logan.reading.threads
from logan.arrays import Texts
from logan.counting.accumulation import _LONG_LIVED, _are_long_lived
from logan.counting.rows import WANTED
from logan.finding import find_files
from logan.reading.blocks import Segment, blocks
from logan.reading.parsing import Batch
from logan.reading.threads import Crew, Parsed
from logan.selection import Selection
from logan.summarizing import summarize
from logan.tables import GROUPS
from logan.worker import EFFORT, ROWS, Worker
from tests.builders import batches, http_log, http_row, write


def test_a_field_list_that_changes_with_every_row_does_not_pile_up_batches(tmp_path: Path) -> None:
    """A hundred thousand batches of one row would take gigabytes, and counting them each time would take hours."""
    fields = ("date time cs-uri-stem sc-status", "date time c-ip cs-uri-stem sc-status")
    rows = ("2026-11-16 08:00:00 /a 200\n", "2026-11-16 08:00:00 203.0.113.9 /a 200\n")
    log = "".join(http_log(row, fields=names) for row, names in zip(rows, fields, strict=True))
    found, _ = batches(write(tmp_path, "u_ex261116.log", log))
    assert [len(batch) for batch in found] == [1, 1]
    worker, most = Worker(Selection()), 0
    for n in range(3000):
        worker.receive(Parsed(found[n % 2], None, 0))
        most = max(most, sum(map(len, worker._held.values())))
    assert 100 < most <= ROWS // EFFORT
    assert worker.sums()[""].lines.rows == 3000


def test_batches_of_many_rows_are_counted_together(tmp_path: Path) -> None:
    found, _ = batches(write(tmp_path, "u_ex261116.log", http_log(*[http_row()] * 1000)))
    worker = Worker(Selection())
    for _ in range(10):
        worker.receive(Parsed(found[0], None, 0))
    assert sum(map(len, worker._held.values())) == 10
    assert worker.sums()[""].lines.rows == 10_000


def test_no_thread_is_at_work_when_the_crew_is_left(tmp_path: Path) -> None:
    """Arrow would end the process with an abort, whatever the exit code was to be."""
    for n in range(40):
        write(tmp_path, f"u_ex26{n:04}.log", http_log(*[http_row()] * 2000))
    before = threading.active_count()
    with closing(iter(Crew(blocks(find_files(tmp_path).files, part=1), WANTED, True, None, 3))) as crew:
        next(crew)
        assert threading.active_count() > before
    assert threading.active_count() == before


def test_names_of_connections_that_stay_open_are_those_that_the_pattern_fits() -> None:
    """They are looked for by their marks first."""
    fitting = ["/SignalR/connect", "/signalr/POLL", "/x/_Blazor", "/Socket.IO/1", "/rpc/rpcProxy.dll", "/ws/WebSockets"]
    names = [
        *fitting,
        "/sockets",
        "/socket",
        "/mapi/EmsMDB",
        "/signalr/hubs",
        "/sockets/a",
        "/rpc/rpcproxyxdll",
        "",
        "/",
    ]
    expected = [bool(re.search(_LONG_LIVED, name, re.IGNORECASE)) for name in names]
    assert sum(expected) == len(fitting) + 3
    for name, long in zip(names, expected, strict=True):
        assert _are_long_lived(Texts.of([name.encode()])).tolist() == [long], name
    assert _are_long_lived(Texts.of([name.encode() for name in names])).tolist() == expected


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("part", [1, 1 << 30])
def test_every_row_comes_from_a_crew_once(
    tmp_path: Path, workers: int, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller parses too; one block after the other, or all threads at the only one."""
    monkeypatch.setattr("logan.reading.memory.CHUNK", 1 << 16)
    for n in range(9):
        write(tmp_path, f"u_ex26{n:04}.log", http_log(*[http_row(uri=f"/{n}/{row}") for row in range(700)]))
    work = blocks(find_files(tmp_path).files, part=part)
    with closing(iter(Crew(work, WANTED, True, None, workers))) as crew:
        found = list(crew)
    names = [name for parsed in found if parsed.batch for name in parsed.batch.columns["cs_uri_stem"].to_pylist()]
    assert sorted(names) == sorted(f"/{n}/{row}".encode() for n in range(9) for row in range(700))
    assert sum(parsed.tally.files for parsed in found if parsed.tally) == 9
    assert sum(parsed.bytes for parsed in found) == sum(path.stat().st_size for path in tmp_path.iterdir())


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_what_goes_wrong_in_any_thread_comes_out(tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(9):
        write(tmp_path, f"u_ex26{n:04}.log", http_log(*[http_row()] * 50))
    parsing = logan.reading.threads.parse

    def parse(segment: Segment, *others: object, ordered: bool) -> Batch:
        if "0007" in segment.runs[0][1]:
            raise MemoryError("no room for it")
        return parsing(segment, *others, ordered=ordered)  # type: ignore[arg-type]

    monkeypatch.setattr("logan.reading.threads.parse", parse)
    before = threading.active_count()
    with (
        pytest.raises(MemoryError, match="no room"),
        closing(iter(Crew(blocks(find_files(tmp_path).files, part=1), WANTED, True, None, workers))) as crew,
    ):
        list(crew)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("room", "least", "most"), [(1 << 20, 100, 400), (1, 1, 6)], ids=["plenty", "for one file or two"]
)
def test_threads_parse_ahead_by_bytes_not_by_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, least: int, most: int
) -> None:
    """A caller that counts for a while finds that the others went on, but not without end."""
    monkeypatch.setattr("logan.reading.threads.CHUNK", room)
    for n in range(100):
        write(tmp_path, f"u_ex26{n:04}.log", http_log(*[http_row()] * 50))
    crew = Crew(blocks(find_files(tmp_path).files, part=1), WANTED, True, None, 2)
    with closing(iter(crew)) as parsing:
        found = [next(parsing)]
        waiting, seen = -1, crew._done.qsize()
        while waiting != seen:  # until the other thread has done what it may
            time.sleep(0.7)
            waiting, seen = seen, crew._done.qsize()
        found += parsing
    assert least <= waiting <= most
    assert sum(len(parsed.batch) for parsed in found if parsed.batch) == 5000


@pytest.mark.parametrize("table", ["status_uris", "status_clients"])
def test_labels_beyond_the_limit_are_let_go_as_if_they_had_been_named_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    hits = {1: 5, 2: 2, 3: 2, 4: 2, 5: 1, 6: 9}
    rows = [
        http_row(status=f"{s} 0 2", uri=f"/{n}", client=f"10.0.0.{n}")
        for s in (404, 500)
        for n in hits
        for _ in range(hits[n])
    ]
    rows += [http_row(status="403 0 5", uri="/1", client="10.0.0.1"), http_row(status="404 0 2", uri="-", client="-")]
    path = write(tmp_path, "u_ex261116.log", http_log(*rows))
    whole = getattr(summarize(path), table)
    for limit in (1, 2, 3, 4, 6, 7):
        monkeypatch.setitem(GROUPS, table, (*GROUPS[table][:2], limit))
        found = getattr(summarize(path), table)
        assert found == replace(whole, limit=limit).trimmed()
        assert all(len(labels) <= limit for labels in found.rows.values())
        assert bool(found.lost) == (limit < 7)


@pytest.mark.parametrize(("name", "packed", "workers"), [("u_ex261116.log", False, 1), ("u_ex261116.log.gz", True, 3)])
def test_a_small_log_is_read_by_one_thread_unless_more_comes_out_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, packed: bool, workers: int
) -> None:
    data = http_log(*[http_row(uri=f"/{n * 7919 % 10_007}") for n in range(9000)]).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if packed else data)
    monkeypatch.setattr("logan.summarizing.FEW_BYTES", 5 * path.stat().st_size)
    asked: list[int] = []

    def crew(*arguments: Any) -> Crew:
        asked.append(arguments[-1])
        return Crew(*arguments)

    monkeypatch.setattr("logan.worker.Crew", crew)
    assert summarize(path, workers=3).lines.rows == 9000
    assert asked == [workers]
