"""Reports without names: client addresses and user names become ``client-1``, ``user-1``, the same throughout.

The summary itself is rewritten before anything looks at it, so that no text, chart or finding can hold a name that this
module did not let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from logan.reading.parsing import Rejected
from logan.summary import Summary
from logan.tables.counts import Counts, Groups
from logan.tables.distinct import Sketches

#: Names that belong to nobody.
_NOBODY = frozenset({"anonymous", "ftp", "-", ""})
_TEXT_KEYS = frozenset({"uri", "referer", "host", "message", "queue"})
#: Shorter names would be found inside ordinary words of URLs.
_SHORTEST = 3
_HOME = re.compile(r"(?i)(/(?:~|%7e|users/|home/|personal/))([^/?#]+)")
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.\-]*://)([^/@\s:]+)(?=(?::[^/@\s]*)?@)")
_PARAMETER = re.compile(
    r"(?i)((?:^|[?&;])(?:user(?:name|id)?|login|account|e-?mail|upn|uid|benutzer|logon_?hint|login_?hint)(?:=|%3d))([^&;#\s]+)"
)
_MAIL = re.compile(r"[\w.+\-]+(?:@|%40)[\w\-]+(?:\.[\w\-]+)+")
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")


@dataclass(slots=True)
class Masks:
    """The names given so far. Ask for them in a fixed order, and the same logs get the same names."""

    clients: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    known_users: re.Pattern[str] | None = None
    cleaned: dict[str, str] = field(default_factory=dict)

    def client(self, address: str | None) -> str | None:
        """The mask of a client's address."""
        if address is None:
            return None
        return self.clients.setdefault(address, f"client-{len(self.clients) + 1}")

    def user(self, name: str | None) -> str | None:
        """The mask of an account, the same with and without its domain and in any case."""
        if name is None:
            return None
        bare = name.rpartition("\\")[2].partition("@")[0].lower()
        if bare in _NOBODY:
            return name
        return self.users.setdefault(bare, f"user-{len(self.users) + 1}")

    def text(self, text: str | None) -> str | None:
        """A URL, referrer or message without the addresses and names in it."""
        if text is None:
            return None
        found = self.cleaned.get(text)
        if found is None:
            found = self.cleaned[text] = self._clean(text)
        return found

    def _clean(self, text: str) -> str:
        for pattern in (_USERINFO, _HOME, _PARAMETER):
            text = pattern.sub(lambda match: f"{match[1]}{self.user(match[2])}", text)
        text = _MAIL.sub(lambda match: self.user(match[0].replace("%40", "@")) or "", text)
        text = _ADDRESS.sub(lambda match: self.client(match[0]) or "", text)
        if self.known_users is not None:
            text = self.known_users.sub(lambda match: self.user(match[0]) or "", text)
        return text


def anonymized(*summaries: Summary) -> tuple[Summary, ...]:
    """The summaries without client addresses and user names, masked alike in all of them."""
    masks = Masks()
    for summary in summaries:
        _name_all(summary, masks)
    names = _own_names(summaries)
    if names:
        joined = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
        masks.known_users = re.compile(rf"(?i)(?<![a-z0-9])(?:{joined})(?![a-z0-9])")
    return tuple(_masked(summary, masks) for summary in summaries)


def _name_all(summary: Summary, masks: Masks) -> None:
    """Give out the names, the most hits first: client-1 is the busiest failure."""
    for (_, _, client), _ in summary.clients.top(by="errors"):
        masks.client(client)
    for key in sorted(summary.status_clients.rows, key=repr):
        for client, _ in summary.status_clients.top(key):
            masks.client(client)
    for (_, _, client, user, _), _ in summary.logons.top():
        masks.client(client)
        masks.user(user)
    for (_, _, client), _ in summary.probes.top():
        masks.client(client)


def _own_names(summaries: Iterable[Summary]) -> set[str]:
    """Accounts that got in somewhere. A name that was only guessed is a word such as "admin", which URLs hold too."""
    names = set()
    for summary in summaries:
        for (_, _, _, user, outcome), _ in summary.logons:
            bare = (user or "").rpartition("\\")[2].partition("@")[0].lower()
            if outcome == "succeeded" and len(bare) >= _SHORTEST and bare not in _NOBODY:
                names.add(bare)
    return names


def _masked(summary: Summary, masks: Masks) -> Summary:
    tables: dict[str, Any] = {}
    for name in summary.__dataclass_fields__:
        value = getattr(summary, name)
        if isinstance(value, Counts):
            tables[name] = _masked_counts(value, masks)
        elif isinstance(value, Groups):
            tables[name] = _masked_groups(value, masks)
    return replace(
        summary,
        **tables,
        skipped=tuple((_tail(path), reason) for path, reason in summary.skipped),
        # the text of a torn line can hold anything
        rejects=tuple(Rejected(_tail(r.path), r.line, masks.text(r.reason) or "", "") for r in summary.rejects),
        backwards=tuple((_tail(path), line, now, then) for path, line, now, then in summary.backwards),
        distinct=Sketches.of({(*key[:2], masks.client(key[2])): hashes for key, hashes in summary.distinct.items()}),
    )


def _tail(path: str) -> str:
    """The folder and the name of a file: what lies above may be a user's profile."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def _mask_of(name: str, value: Any, masks: Masks) -> Any:
    if name == "client":
        return masks.client(value)
    if name == "user":
        return masks.user(value)
    return masks.text(value) if name in _TEXT_KEYS else value


def _masked_counts(counts: Counts, masks: Masks) -> Counts:
    if not {"client", "user", *_TEXT_KEYS} & set(counts.shape.keys):
        return counts
    merged = Counts(counts.shape, {}, counts.lost)
    rows: dict[Any, Any] = {}
    for key, values in counts:
        short = tuple(_mask_of(name, part, masks) for name, part in zip(counts.shape.keys, key, strict=True))
        rows[short] = merged._merge(rows[short], values) if short in rows else values
    return Counts(counts.shape, rows, counts.lost)


def _masked_groups(groups: Groups, masks: Masks) -> Groups:
    rows: dict[Any, dict[Any, int]] = {}
    for key, labels in groups.rows.items():
        short = tuple(_mask_of(name, part, masks) for name, part in zip(groups.keys, key, strict=True))
        _add(rows.setdefault(short, {}), labels, groups.label, masks)
    return Groups(groups.keys, groups.label, rows, groups.limit, groups.lost)


def _add(mine: dict[Any, int], labels: Mapping[Any, int], name: str, masks: Masks) -> None:
    for label, hits in labels.items():
        shown = _mask_of(name, label, masks)
        mine[shown] = mine.get(shown, 0) + hits
