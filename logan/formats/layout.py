"""How the rows of a stretch of log are to be read."""

from __future__ import annotations

from typing import Any, NamedTuple

#: What a tokenizer gives: one value for each field of the layout, or the reason why the line cannot be read.
Tokens = list[bytes] | str


class NotALog(Exception):
    """A file that is no log; the message is the reason, to be put behind its path."""


class Layout(NamedTuple):
    """Format, service, site and field list in force for some rows.

    `service` and `site` may be None as long as nothing told them. `fields` are W3C names as logged, empty before the
    first ``#Fields``. `local` means that the times are the server's local time. `certain` says that the content itself
    named the service.
    """

    format: str
    service: str | None
    site: str | None
    fields: tuple[str, ...] = ()
    quoted: bool = False
    local: bool = False
    certain: bool = False

    @property
    def dated(self) -> bool:
        """Whether each row carries its date."""
        return "date" in self.fields

    @property
    def fast(self) -> bool:
        """Whether the rows can be cut at single spaces by a CSV reader."""
        return self.format == "w3c" and not self.quoted and len(self.fields) > 1

    def changed(self, **values: Any) -> Layout:
        """The layout with other values; itself where they are the same, as with most of the headers that come again."""
        for name, value in values.items():
            if getattr(self, name) != value:
                return self._replace(**values)
        return self

    def inside(self, service: str | None, site: str | None) -> Layout:
        """The same layout in a folder that tells `service` and `site`; the content goes before the folder."""
        return self.changed(service=self.service or service, site=self.site or site)
