"""Groups: the sums of the files of a month together, which are loaded sooner than those of each file.

A group counts only as a whole: where one of its files is another, or is gone, it is made anew of those of the single
files. Small files have no sums of their own: they are read in less time than these are made, written and loaded. Files
that do not lie still yet are in a group of their own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from logan.caching.states import State, month
from logan.caching.store import DAMAGE, ByWeek, Store, in_columns, is_lacking
from logan.columns import Part
from logan.files import READ_ERRORS, LogFile
from logan.formats import NotALog, detect
from logan.totals import RunningTotals

#: A smaller file is read in less time than its sums are made, written and loaded.
_SMALL = 8 << 20
#: So much of a file tells whether it is a log.
_HEAD = 1 << 16


class Place(NamedTuple):
    """Where a group belongs: the month its files were last written in, and whether they lie still."""

    month: str
    still: bool


@dataclass(slots=True)
class Group:
    """The sums of files together: which they are, by name, and their sums by week."""

    members: dict[str, State]
    weeks: ByWeek


class Groups:
    """The groups of a folder's files, for one selection."""

    def __init__(self, store: Store, logs: Sequence[LogFile]) -> None:
        self._store = store
        self._files = {store.name(log): log for log in logs if log.kind not in ("stdin", "url")}
        self._folders = sorted({os.path.dirname(os.path.realpath(log.path)) for log in self._files.values()})
        self._seen: dict[str, State] = {}  # what groups say of their files, also of those that are not whole

    def kept(self) -> dict[Place, Group]:
        """The groups whose files are all there and as they were."""
        months = set()
        for log in self._files.values():
            with suppress(OSError):
                months.add(month(os.stat(log.path).st_mtime_ns))
        groups: dict[Place, Group] = {}
        for name in sorted(months):
            still, fresh = (self._load(Place(name, lies)) for lies in (True, False))
            if still:
                groups[Place(name, True)] = still
            # an interrupt can leave files in both, and none may be counted twice
            if fresh and not (still and fresh.members.keys() & still.members.keys()):
                groups[Place(name, False)] = fresh
        return groups

    def _load(self, place: Place) -> Group | None:
        name, instead = self._name(place), "what it stands for is read anew"
        stored = self._store.read(name, instead)
        if stored is None:
            return None
        try:
            members = {known: State.known(state) for known, state in stored.head["members"]}
            if not members:
                raise ValueError("it stands for nothing")
            self._seen.update(members)
            if all(known in self._files and self._holds(known, state) for known, state in members.items()):
                return Group(members, stored.weeks())
        except DAMAGE as error:
            self._store.throw_away(name, error, instead)
        return None

    def _holds(self, name: str, state: State) -> bool:
        try:
            return state.holds(self._files[name], os.stat(self._files[name].path))
        except OSError:
            return False

    def keep(self, place: Place, group: Group) -> None:
        """Keep the sums of files together. Of those that lie still, none is among those that do not."""
        self._store.write(self._name(place), {"members": list(group.members.items())}, group.weeks)

    def _name(self, place: Place) -> str:
        return self._store.common_name(*self._folders, repr(tuple(place)))

    def sorted_out(self, logs: Sequence[LogFile]) -> tuple[dict[Place, dict[LogFile, State]], list[LogFile]]:
        """The small files by the group that they join, with what they are told by; and the large ones.

        What is not plain, is no log, or cannot be read is among the large ones: it is looked into by itself.
        """
        small: dict[Place, dict[LogFile, State]] = {}
        large = []
        for log in logs:
            state = _small(log)
            if state:
                still = self._seen.get(self._store.name(log)) == state or state.is_old
                small.setdefault(Place(state.month, still), {})[log] = state
            else:
                large.append(log)
        return small, large


def _small(log: LogFile) -> State | None:
    """What a small file is told by before it is read."""
    if log.kind != "plain" or not 0 < log.size < _SMALL:
        return None
    try:
        status = os.stat(log.path)
        with log.open() as stream:
            detect(stream.read(_HEAD), name=log.name, looks_like_log=log.looks_like_log, service=None, site=None)
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":  # what stands behind the last finished line counts, and is not kept
                return None
        return State.of(log, status, log.size) if status.st_size == log.size else None
    except (NotALog, *READ_ERRORS):
        return None


@dataclass(slots=True)
class _Joining:
    """A group that files are joining."""

    members: dict[str, State] = field(default_factory=dict)
    sums: RunningTotals = field(default_factory=RunningTotals)

    def add(self, members: Mapping[str, State], weeks: ByWeek) -> None:
        self.members.update(members)
        self.sums.add(weeks)

    def group(self) -> Group:
        return Group(self.members, in_columns(self.sums.sums()))


class GroupSums:
    """The sums of all files: of those that join a group, which is kept when it is whole, and of the others."""

    def __init__(self, groups: Groups, kept: dict[Place, Group]) -> None:
        self._groups, self._kept = groups, kept
        self._joining: dict[Place, _Joining] = {}
        self._rest = RunningTotals()
        for place, group in list(kept.items()):
            if not place.still:  # they are the same twice, so they lie still now
                self.join(Place(place.month, True), group.members, group.weeks)
                del kept[place]

    def join(self, place: Place, members: Mapping[str, State], weeks: ByWeek) -> None:
        """Add the sums of files that belong to a group."""
        if is_lacking(weeks):  # a file could not be read, and may be next time
            self.add(weeks)
            return
        self._joining.setdefault(place, _Joining()).add(members, weeks)

    def add(self, weeks: Mapping[str, Part]) -> None:
        """Add the sums of what belongs to none."""
        self._rest.add(weeks)

    def sums(self) -> dict[str, Part]:
        """The sum of everything by week, once the groups are kept."""
        for place, joining in self._joining.items():
            if place in self._kept:
                joining.add(self._kept[place].members, self._kept[place].weeks)
            self._kept[place] = joining.group()
            self._groups.keep(place, self._kept[place])
        self._joining.clear()
        for group in self._kept.values():
            self.add(group.weeks)
        return self._rest.sums()
