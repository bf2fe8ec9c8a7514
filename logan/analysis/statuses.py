"""A status as one speaks of it: its code and its explanation."""

from __future__ import annotations

from typing import Any, NamedTuple


class Status(NamedTuple):
    """What tells one kind of answer from another; None is what the log does not hold."""

    service: str
    status: int | None
    substatus: int | None
    win32_status: int | None
    reason_phrase: str | None

    @property
    def code(self) -> str:
        """The code as `logan explain` takes it.

        >>> Status("http", 500, 19, 183, None).code, Status("httperr", 503, None, None, "QueueFull").code
        ('500.19', 'httperr:QueueFull')
        """
        return code_of(self.service, self.status, self.substatus, self.reason_phrase)

    def text(self, lang: str = "en") -> Any:
        """What the catalogue says: an object with title, meaning, causes and remedies."""
        from logan.catalogue.lookup import lookup

        return lookup(*self).text(lang)


def code_of(service: str, status: int | None, substatus: int | None, reason: str | None) -> str:
    """The code of a status; of HTTPERR its reason, of FTP events without a reply ``ftp:-``."""
    if service == "httperr" and reason:
        return f"httperr:{reason}"
    code = "-" if status is None else str(status)
    if status is not None and substatus is not None:
        code += f".{substatus}"
    return code if service == "http" else f"{service}:{code}"
