"""Limits that a scheduled task can set: ``--fail-on "error_rate>5%"``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logan.exceptions import OptionError

if TYPE_CHECKING:
    from logan.summary import Summary

Number = float | int | None
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
#: Severities of findings in their order.
SEVERITIES = ("info", "warning", "critical")
_RATES = ("error_rate", "rejected_rate")
_COUNTS = (
    "hits",
    "requests",
    "errors",
    "client_errors",
    "server_errors",
    "handshakes",
    "hangups",
    "rejected",
    "findings",
)
_DURATIONS = ("p50", "p90", "p95", "p99", "max")
METRICS = (*_RATES, *_COUNTS, *_DURATIONS, "finding")
_EXPRESSION = re.compile(
    r"([a-z][a-z0-9_]*)\s*(>=|<=|==|!=|>|<|=)\s*([a-z]+|[0-9][0-9_,]*(?:\.[0-9]+)?)\s*(%|ms|s|k|m)?"
)
_UNITS = {"%": 0.01, "ms": 1.0, "s": 1000.0, "k": 1e3, "m": 1e6}
_EXAMPLES = 'Write for example "error_rate>5%", "errors>100", "p95>2000" or "finding>=critical".'


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on one number of a summary. Call it with a summary: it is true where the limit is broken.

    Where the summary does not hold the number (no durations, no requests), no limit is broken.
    """

    text: str
    metric: str
    sign: str
    limit: float

    def __call__(self, summary: Summary) -> bool:
        value = measure(summary, self.metric)
        return value is not None and _OPERATORS[self.sign](value, self.limit)

    def describe(self, summary: Summary) -> str:
        """What the number is, in words for stderr."""
        value = measure(summary, self.metric)
        if value is None:
            return f"{self.text}: the logs do not tell"
        if self.metric == "finding":
            shown = SEVERITIES[int(value)] if value >= 0 else "none"
        else:
            shown = f"{value:.2%}" if self.metric in _RATES else f"{value:,}"
        return f"{self.text}: {self.metric} is {shown}"


def fail_on(expression: str) -> Threshold:
    """The limit that an expression such as ``error_rate>5%`` sets. Raises OptionError with a hint for what is none.

    >>> fail_on("p95 > 2s").limit, fail_on("finding>=critical").limit
    (2000.0, 2.0)
    """
    match = _EXPRESSION.fullmatch(expression.strip().lower())
    if match is None:
        raise OptionError(f"{expression!r} is no limit. {_EXAMPLES}")
    metric, sign, value, unit = match.groups()
    if metric not in METRICS:
        raise OptionError(f"{expression!r}: {metric} is no measure. Use one of {', '.join(METRICS)}.")
    return Threshold(expression.strip(), metric, sign, _limit(expression, metric, value, unit))


def broken(summary: Summary, expressions: Iterable[str]) -> list[str]:
    """What to tell of each limit that is broken; empty where all are kept."""
    limits = [fail_on(expression) for expression in expressions]
    return [limit.describe(summary) for limit in limits if limit(summary)]


def _limit(expression: str, metric: str, value: str, unit: str | None) -> float:
    if metric == "finding":
        if value not in SEVERITIES or unit:
            raise OptionError(f"{expression!r}: a finding is {', '.join(SEVERITIES)}. {_EXAMPLES}")
        return float(SEVERITIES.index(value))
    if not value[0].isdigit():
        raise OptionError(f"{expression!r}: {value!r} is no number. {_EXAMPLES}")
    number = float(value.replace(",", "").replace("_", ""))
    fitting = ("%",) if metric in _RATES else ("ms", "s") if metric in _DURATIONS else ("k", "m")
    if unit and unit not in fitting:
        raise OptionError(f"{expression!r}: {unit} does not fit {metric}; it takes {' or '.join(fitting)}. {_EXAMPLES}")
    if metric in _RATES and not unit and number > 1:
        raise OptionError(
            f"{expression!r}: a rate is 0 to 1, or a percentage: write {metric}{match_sign(expression)}{value}%."
        )
    return number * (_UNITS[unit] if unit else 1.0)


def match_sign(expression: str) -> str:
    """The comparison in an expression, for a hint.

    >>> match_sign("error_rate >= 5")
    '>='
    """
    return "".join(char for char in expression if char in "<>=!")


def measure(summary: Summary, metric: str) -> Number:
    """One number of a summary: counts, rates (0 to 1), durations in ms, or the worst severity (0 to 2; -1: none).

    None where the summary cannot tell.
    """
    if metric in ("finding", "findings"):
        from logan.analysis.findings import findings

        severities = [SEVERITIES.index(found.severity) for found in findings(summary)]
        return len(severities) if metric == "findings" else max(severities, default=-1)
    if metric in _DURATIONS:
        from logan.analysis.latency import overall

        duration: int | None = getattr(overall(summary), metric)
        return duration
    if metric == "rejected":
        return summary.lines.rejected
    if metric == "rejected_rate":
        return summary.lines.rejected / summary.lines.read if summary.lines.read else None
    from logan.analysis.traffic import totals

    number: float | int | None = getattr(totals(summary), metric)
    return number
