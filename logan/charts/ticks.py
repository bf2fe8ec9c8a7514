"""Times in words: the ticks of a time axis, periods, steps and zones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from logan.charts.bins import DAY, HOUR, local, offsets
from logan.charts.style import Look


def zone_label(look: Look, period: tuple[int, int]) -> str:
    """Which zone the times are of, with its offset from UTC."""
    found = offsets(period, look.zone)
    if found == ["UTC"]:
        return look.say("zone-utc") if look.tz == "UTC" else look.say("zone", zone=look.tz, offset="UTC±00:00")
    return look.say("zone", zone=look.tz, offset=" / ".join(found))


def sample_labels(look: Look) -> list[str]:
    return [look.say("date", day=28, month=month) for month in look.names("months")] + look.names("weekdays")


def time_ticks(first: int, last: int, look: Look, most: int) -> dict[int, str]:
    """{seconds since 1970 UTC: label} of at most `most` round times, bins' edges included."""
    span = last - first
    for step in (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY):
        if span / step <= most and (step >= DAY or span <= 3.2 * DAY):  # beyond, weekdays say more than hours
            return _day_ticks(first, last, look, step)
    return _month_ticks(first, last, look, most)


def _day_ticks(first: int, last: int, look: Look, step: int) -> dict[int, str]:
    weekdays, ticks = look.names("weekdays"), {}
    day = local(first, look.zone).replace(hour=0, minute=0, second=0)
    if step > DAY:
        day -= timedelta(days=day.weekday())
    fresh = True
    while day.timestamp() < last:
        for hour in range(0, 24, step // HOUR) if step < DAY else (0,):
            at = day.replace(hour=hour)
            second = int(at.timestamp())
            if not first <= second < last:
                continue
            dated = date_label(look, second)
            if step < DAY:
                ticks[second] = f"{hour:02d}:00\n{dated}" if fresh or not hour else f"{hour:02d}:00"
            else:
                ticks[second] = f"{weekdays[day.weekday()]}\n{dated}" if step < 7 * DAY else dated
            fresh = False
        day += timedelta(days=max(1, step // DAY))
    return ticks


def _month_ticks(first: int, last: int, look: Look, most: int) -> dict[int, str]:
    day = local(first, look.zone).replace(day=1, hour=0, minute=0, second=0)
    months = max(1, (last - first) // (30 * DAY))
    step = next((n for n in (1, 2, 3, 6, 12) if months / n <= most), 12 * math.ceil(months / 12 / most))
    ticks: dict[int, str] = {}
    while day.timestamp() < last:
        second = int(day.timestamp())
        if second >= first and (day.year * 12 + day.month - 1) % step == 0:
            name = look.names("months")[day.month - 1]
            yearly = day.month == 1 or not ticks
            ticks[second] = look.say("month-year", month=name, year=day.year) if yearly else name
        day = (day + timedelta(days=32)).replace(day=1)
    return ticks


def date_label(look: Look, second: int, *, year: bool = False) -> str:
    """A day in words: 16 Nov, 11月16日."""
    at = local(second, look.zone)
    names: Mapping[str, Any] = {"day": at.day, "month": look.names("months")[at.month - 1], "year": at.year}
    return look.say("date-year" if year else "date", **names)


def period_label(look: Look, period: tuple[int, int]) -> str:
    """First and last day of a period in words."""
    first, last = period[0] // 1_000_000, period[1] // 1_000_000
    begin, end = local(first, look.zone).date(), local(last, look.zone).date()
    if begin == end:
        return date_label(look, last, year=True)
    same = begin.year == end.year
    named = {"first": date_label(look, first, year=not same), "last": date_label(look, last, year=not same)}
    return look.say("period-in-year", year=end.year, **named) if same else look.say("period", **named)


def step_label(look: Look, step: int) -> str:
    """How long a bin is in words: "per hour"."""
    if step < HOUR:
        return look.say("step", step=look.say("step-minutes", n=step // 60))
    unit, size = ("day", DAY) if step >= DAY else ("hour", HOUR)
    n = step // size
    return look.say("step", step=look.say(f"step-{unit}") if n == 1 else look.say(f"step-{unit}s", n=n))


def to_days(second: float) -> float:
    """Seconds since 1970 as the days that matplotlib counts."""
    return second / DAY
