"""Every log field once: its W3C name, its column, its type, its unit and its meaning, read from ``fields.toml``.

Types come from here and never from what a file happens to hold: a column that is all ``-`` in one file has the same
type as everywhere else.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

from logan.documents import document

#: Columns of a frame that are no fields. A field of that name gets ``_2``.
RESERVED = ("timestamp", "service", "site", "title", "meaning", "causes", "remedies", "kind")

FieldType = Literal["integer32", "integer", "category", "text"]


class Field(NamedTuple):
    """One log field.

    `names` are the W3C spellings (the first is the usual one), `column` is the name in a frame, `unit` is "" where
    there is none, `meaning` has the keys ``en`` and ``zh``.
    """

    names: tuple[str, ...]
    column: str
    type: FieldType
    unit: str
    meaning: dict[str, str]


@cache
def known_fields() -> tuple[Field, ...]:
    """All fields of ``fields.toml`` in their order there."""
    raw = document("fields.toml")
    return tuple(
        Field(tuple(f["names"]), f["column"], f["type"], f.get("unit", ""), f["meaning"]) for f in raw["field"]
    )


@cache
def _columns() -> dict[str, str]:
    return {name.lower(): field.column for field in known_fields() for name in field.names}


@cache
def _types() -> dict[str, FieldType]:
    return {field.column: field.type for field in known_fields()}


@cache
def column_name(w3c: str) -> str:
    """The column of a W3C field name.

    >>> column_name("cs(User-Agent)"), column_name("X-Tenant-Id"), column_name("TimeTakenMS")
    ('cs_user_agent', 'x_tenant_id', 'time_taken')
    """
    known = _columns().get(w3c.lower())
    return known or re.sub(r"\W+", "_", w3c.lower()).strip("_") or "field"


@cache
def column_names(fields: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a ``#Fields`` list; a name that comes a second time gets ``_2``, a third time ``_3``.

    >>> column_names(("date", "time", "date"))
    ('date', 'time', 'date_2')
    """
    names: list[str] = []
    for field in fields:
        name, number = column_name(field), 2
        unique = name
        while unique in names or unique in RESERVED:
            unique, number = f"{name}_{number}", number + 1
        names.append(unique)
    return tuple(names)


def field_type(column: str) -> FieldType:
    """The type of a column; "text" for one that ``fields.toml`` does not know.

    >>> field_type("sc_win32_status"), field_type("x_tenant_id")
    ('integer', 'text')
    """
    return _types().get(column, "text")
