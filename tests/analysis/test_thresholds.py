"""Limits for scheduled tasks."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest

from logan.analysis.thresholds import broken, fail_on, measure
from logan.exceptions import OptionError
from logan.summary import Summary
from tests.analysis.logs import http_row, of_rows

#: 10 requests, of which 2 failed, and 10 handshakes
LOG = [
    *(http_row(taken="100") for _ in range(8)),
    http_row(status="404 0 2", taken="100"),
    http_row(status="500 0 0", taken="3000"),
    *(http_row(status="401 2 5", taken="1") for _ in range(10)),
]

# fmt: off
LIMITS = [
    ("error_rate>19%",        True),   # handshakes neither count nor dilute
    ("error_rate>20%",        False),
    ("error_rate>=20%",       True),
    ("error_rate > 0.1",      True),
    ("ERROR_RATE>19.5 %",     True),
    ("errors>1",              True),
    ("errors>2",              False),
    ("errors=2",              True),
    ("errors!=2",             False),
    ("hits<100",              True),
    ("hits>1k",               False),
    ("hits>=1,000",           False),
    ("client_errors>=1",      True),
    ("server_errors>=2",      False),
    ("handshakes>=10",        True),
    ("rejected>0",            False),
    ("rejected_rate>1%",      False),
    ("p95>2000",              False),
    ("p99>2000",              True),
    ("p99>2.9s",              True),
    ("max>3000ms",            False),
    ("max>=3000 ms",          True),
]
# fmt: on


@pytest.mark.parametrize(("expression", "expected"), LIMITS)
def test_limits(expression: str, expected: bool) -> None:
    summary = of_rows(*LOG)
    assert fail_on(expression)(summary) is expected
    assert bool(broken(summary, [expression])) is expected


@pytest.mark.parametrize(
    "expression",
    [
        "", "errors", "errors>", ">5", "errors>many", "error>5", "errors>>5", "error_rate>5", "errors>5%", "p95>5%",
        "hits>5ms", "finding>=bad", "finding>=2", "finding>=critical%", "errors>-1", "errors>1e9",
        "__import__('os')>1", "errors>1;drop", "errors > 5 or True", "errors>" + "9" * 5000 + "x",
    ],
)  # fmt: skip
def test_what_is_no_limit_is_refused_with_a_hint(expression: str) -> None:
    with pytest.raises(OptionError) as caught:
        fail_on(expression)
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize(
    ("worst", "expression", "expected"),
    [
        ("critical", "finding>=critical", True),
        ("warning", "finding>=critical", False),
        ("warning", "finding>=warning", True),
        ("warning", "finding=info", False),
        ("info", "findings>=1", True),
        (None, "finding>=info", False),
        (None, "findings>0", False),
    ],
)
def test_findings(monkeypatch: pytest.MonkeyPatch, worst: str | None, expression: str, expected: bool) -> None:
    found = [SimpleNamespace(severity=worst)] if worst else []
    monkeypatch.setattr(import_module("logan.analysis.findings"), "findings", lambda summary: found)
    limit = fail_on(expression)
    assert limit(Summary()) is expected
    assert limit.describe(Summary())


@pytest.mark.parametrize("expression", ["error_rate>=0", "p95>=0", "max<1", "rejected_rate<=1"])
def test_what_the_logs_do_not_tell_breaks_no_limit(expression: str) -> None:
    assert not fail_on(expression)(Summary())
    assert "do not tell" in fail_on(expression).describe(Summary())


def test_what_is_told_of_a_broken_limit() -> None:
    assert broken(of_rows(*LOG), ["error_rate>5%", "errors>1", "errors>5"]) == [
        "error_rate>5%: error_rate is 20.00%",
        "errors>1: errors is 2",
    ]
    assert measure(of_rows(*LOG), "requests") == 10
