"""Values numbered once for many batches, against the same batches with dictionaries of their own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan import native, summarizing, worker
from logan.arrays import Coded, Texts
from logan.counting.names import Names
from logan.counting.rows import WANTED
from logan.finding import find_files
from logan.numbering import coded
from logan.reading import lexicon as module
from logan.reading import memory
from logan.reading.blocks import blocks, segments
from logan.reading.cutting import cut, plan
from logan.reading.lexicon import COLUMNS, Lexicon, Lexicons
from logan.reading.parsing import Batch, joined, parse
from logan.reading.scanning import Tally
from logan.saving import to_json
from logan.summarizing import summarize, summarize_weeks
from tests.builders import FTP_FIELDS, HEADER, HTTP_FIELDS, cut_by, http_log, http_row, write

pytestmark = pytest.mark.skipif(not native.kernel, reason="lexicons are for logan's compiled part")

STEMS = st.sampled_from(["/", "/a", "/b.aspx", "/" + "long/" * 9, "-", "/größe"])
LINES = st.lists(st.tuples(STEMS, st.sampled_from(["203.0.113.9", "2001:db8::1", "-"]), st.booleans()), max_size=12)


def parsed(folder: Path, logs: list[str], lexicons: Lexicons | None) -> list[Batch]:
    for number, log in enumerate(logs):
        write(folder, f"u_ex2611{number + 10}.log", log)
    work = blocks(find_files(folder).files)
    return [parse(s, WANTED, lexicons) for b in work for s in segments(b, Tally()) if s.layout.fields]


def column(*values: bytes | None) -> Coded:
    return coded(Texts.of(values))


def texts(batch: Batch) -> dict[str, list[object]]:
    return {name: array.to_pylist() for name, array in batch.columns.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs=st.lists(LINES, min_size=1, max_size=5), most=st.sampled_from([1, 5, 20, 1 << 17]))
def test_batches_say_the_same_in_codes_of_lexicons(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    logs: list[list[tuple[str, str, bool]]],
    most: int,
) -> None:
    """However small a lexicon is, with lines among them that have to be read with care or rejected."""
    whole = [
        http_log(
            *(http_row(uri=uri, client=client, status="200  0 0" if bad else "200 0 0") for uri, client, bad in log)
        )
        for log in logs
    ]
    folder = tmp_path_factory.mktemp("log")
    with monkeypatch.context() as patch:
        patch.setattr(module, "_MOST", most)
        found = parsed(folder, whole, Lexicons())
    plain = parsed(folder, whole, None)
    assert [texts(batch) for batch in found] == [texts(batch) for batch in plain]
    assert [batch.rejected for batch in found] == [batch.rejected for batch in plain]
    if plain:
        assert texts(joined(found)) == texts(joined(plain))
    names, expected = Names(), Names()
    for batch, other in zip(found, plain, strict=True):
        numbers = names.numbers(batch.columns["cs_uri_stem"], batch.lexicons.get("cs_uri_stem"))
        assert names.some(numbers) == expected.some(expected.numbers(other.columns["cs_uri_stem"]))
    assert len(names) == len(expected)  # and no name that no row has


def test_the_same_summary_from_lexicons_that_are_always_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        http_row(time=f"08:{n // 60 % 60:02}:{n % 60:02}", uri=f"/{n % 97}", client=f"10.0.0.{n % 31}")
        for n in range(4000)
    ]
    for day in range(4):
        write(tmp_path, f"u_ex26111{day}.log", http_log(*rows[day * 1000 : day * 1000 + 1000]))
    monkeypatch.setattr(worker, "ROWS", 1500)
    monkeypatch.setattr(summarizing, "FEW_BYTES", 0)
    usual = to_json(summarize(tmp_path, workers=3))
    monkeypatch.setattr(module, "_MOST", 1001)
    assert to_json(summarize(tmp_path, workers=3)) == usual
    with cut_by("arrow"):
        assert to_json(summarize(tmp_path, workers=1)) == usual


def test_rows_of_few_keep_the_names_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sites and weeks are taken out of batches whose codes are those of a lexicon: one row in ten, and most of them."""
    monkeypatch.setattr(memory, "CHUNK", 1 << 14)
    monkeypatch.setattr(worker, "ROWS", 1)
    shares = {"W3SVC1": 3, "W3SVC2": 10, "W3SVC3": 7}
    fields, rows = "date time s-sitename cs-uri-stem c-ip sc-status", list[str]()
    for n in range(2000):
        site = next(name for name, share in shares.items() if n % share == 0 or name == "W3SVC3")
        day = 16 + n % 2 * 7  # of two weeks
        rows.append(f"2026-11-{day} 08:00:00 {site} /{site}/{n % 211} 10.0.{n % 13}.1 200\n")
    write(tmp_path, "u_ex261116.log", http_log(*rows, fields=fields))
    weeks = summarize_weeks(str(tmp_path))
    assert list(weeks) == ["2026-W47", "2026-W48"]
    for number, summary in enumerate(weeks.values()):
        mine = [row.split() for row in rows if row.startswith(f"2026-11-{16 + 7 * number}")]
        for table, place in (("uris", 3), ("clients", 4)):
            expected = Counter(("http", row[2], row[place]) for row in mine)
            assert {key: values[0] for key, values in getattr(summary, table)} == expected


@pytest.mark.parametrize("turn", range(20, 400, 20))
def test_a_week_that_begins_within_a_batch_has_the_names_of_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    """Its first rows, be they few or many, are taken out of a batch, and the next ones are a batch of their own."""
    monkeypatch.setattr(memory, "CHUNK", 1 << 13)
    monkeypatch.setattr(worker, "ROWS", 1)
    rows = [http_row(date=f"2026-11-{16 + 7 * (n >= turn)}", uri=f"/{n * 7 % 101}") for n in range(600)]
    write(tmp_path, "u_ex261116.log", http_log(*rows))
    for week, mine in zip(summarize_weeks(str(tmp_path)).values(), (rows[:turn], rows[turn:]), strict=True):
        expected = Counter(row.split()[4] for row in mine)
        assert {key[2]: values[0] for key, values in week.uris} == expected


def test_numbers_are_kept_for_the_owner_that_asks() -> None:
    lexicon, one, other = Lexicon(), Names(), Names()
    first = lexicon.coded(column(b"/a", None, b"/b", b"/a"))
    second = lexicon.coded(column(b"/c", b"/b"))
    assert [one.numbers(codes, lexicon).tolist() for codes in (first, second)] == [[1, 0, 2, 1], [3, 2]]
    assert [other.numbers(codes, lexicon).tolist() for codes in (second, first)] == [[2, 1], [3, 0, 1, 3]]
    assert one.texts() == [None, "/a", "/b", "/c"] and sorted(other.texts()[1:]) == ["/a", "/b", "/c"]  # type: ignore[type-var]
    one.keep(np.array([3], np.int64))
    assert one.texts() == [None, "/c"]
    assert one.some(one.numbers(second, lexicon)) == [b"/c", b"/b"] and len(one) == 3


def test_names_are_those_that_there_were(tmp_path: Path) -> None:
    lexicon = Lexicon()
    first = lexicon.coded(column(b"/a", b"/b")).names
    for start in range(0, 50_000, 1000):
        lexicon.coded(column(*(b"/%d" % n for n in range(start, start + 1000))))
    assert first.to_pylist() == [b"/a", b"/b"]
    assert lexicon.texts().to_pylist() == [b"/a", b"/b", *(b"/%d" % n for n in range(50_000))]


def test_passwords_are_in_no_lexicon(tmp_path: Path) -> None:
    """Those of FTP stand where a URL would, and a lexicon lives on."""
    lexicons = Lexicons()
    row = "2026-11-16 08:00:00 203.0.113.9 - 10.0.0.1 21 PASS s3cret 230 0 0 s1 -\n"
    found = parsed(tmp_path, [f"{HEADER}#Fields: {FTP_FIELDS}\n{row}"], lexicons)
    assert [len(batch) for batch in found] == [1] and not found[0].lexicons
    assert lexicons.of(("cs_uri_stem",), 1, 1)["cs_uri_stem"].texts().to_pylist() == []


def test_a_line_that_is_rejected_leaves_nothing_in_a_lexicon() -> None:
    chosen = plan(tuple(HTTP_FIELDS.split()), None)
    lexicons = Lexicons().of(chosen.kept, 9, 9999)
    assert COLUMNS >= set(lexicons) >= {"cs_uri_stem", "c_ip"}
    lines = [http_row(uri="/good"), http_row(uri="/bad", taken="1x"), http_row(uri="/worse", time="25:00:00")]
    rows = cut("".join(lines).encode(), 3, chosen, lexicons)
    assert (len(rows), len(rows.odd)) == (1, 2)
    assert lexicons["cs_uri_stem"].texts().to_pylist() == [b"/good"]


def test_columns_of_the_compiled_part_that_make_no_sense_are_refused() -> None:
    kernel = native.kernel
    assert kernel
    names = kernel.Names(2, 5)
    numbered = names.number(np.array([0, 1, 3], np.int32).data, b"abb")
    assert np.frombuffer(numbered, np.int64).tolist() == [0, 1]
    assert names.number(np.array([0, 1], np.int32).data, b"c") is None  # no third name
    assert kernel.Names(9, 2).number(np.array([0, 3], np.int32).data, b"abc") is None  # no third byte
    assert names.parts()[0] == 2 and names.parts()[2][:3] == b"abb"
    with pytest.raises(TypeError, match="move"):
        kernel.Names().parts()
    with pytest.raises(ValueError, match="room"):
        kernel.Names(-1, 5)
    line, chosen = http_row().encode(), plan(tuple(HTTP_FIELDS.split()), None)
    given: list[object] = [None] * len(chosen.names)
    given[chosen.names.index("cs_uri_stem")] = given[chosen.names.index("c_ip")] = names
    with pytest.raises(RuntimeError, match="another"):  # two columns at once
        kernel.cut(line, 1, chosen.kinds, tuple(given))
    given[chosen.names.index("c_ip")] = None
    with pytest.raises(ValueError, match="names"):  # full
        kernel.cut(line, 1, chosen.kinds, tuple(given))
    assert np.frombuffer(names.number(np.array([0, 2], np.int32).data, b"bb"), np.int64).tolist() == [1]


def test_numbers_and_values_by_code_are_within_their_tables() -> None:
    kernel = native.kernel
    assert kernel
    table, codes, target = np.array([5, 7], np.int64), np.array([1, 0, 1], np.int32), np.ones(3, np.int64)
    kernel.add(target, table, codes)
    assert target.tolist() == [8, 6, 8]
    kernel.add(target, table, np.array([-1, 0, -7], np.int32))  # below 0 there is nothing
    assert target.tolist() == [8, 11, 8]
    with pytest.raises(IndexError):
        kernel.add(target, table, np.array([2, 0, 0], np.int32))
    with pytest.raises(ValueError, match="as many"):
        kernel.add(target[:2], table, codes)
    offsets = np.array([0, 1, 3], np.int32).data
    assert kernel.take(offsets, b"abb", np.array([1, 0, 1], np.int64).data)[1] == b"bbabb"
    for number in (-1, 2):
        with pytest.raises(IndexError):
            kernel.take(offsets, b"abb", np.array([number], np.int64).data)
    with pytest.raises(ValueError, match="offsets"):
        kernel.take(np.array([0, 4], np.int32).data, b"abb", np.array([0], np.int64).data)
