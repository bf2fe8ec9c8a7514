"""A status as one speaks of it: its code, its explanation, and which statuses a code such as ``500.19`` means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from logan.exceptions import OptionError

_CODE = re.compile(
    r"(?:(?i:(http|ftp|httperr|smtp|urlscan)):)?(?:(\d{3})(?:[.\-](\d{1,5}))?|(\d)[xX]{2})"
    r"|(?i:httperr):([A-Za-z][\w/]*)|([A-Z][\w/]*)"
)


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


def matcher(code: str | int) -> Callable[[str, int | None, int | None, str | None], bool]:
    """Tells whether (service, status, sub-status, reason) is what a code means. Raises OptionError for no code.

    Codes are written ``404``, ``500.19``, ``5xx``, ``ftp:530.41``, ``httperr:QueueFull``. Without a service a status
    counts in every service, and a class, as everywhere, in HTTP alone (``ftp:5xx`` is that of FTP); without a
    sub-status every sub-status counts.

    >>> matcher("530")("ftp", 530, 41, None), matcher("5xx")("ftp", 530, 41, None)
    (True, False)
    """
    match = _CODE.fullmatch(str(code).strip())
    if match is None:
        raise OptionError(f"{str(code)!r} is no status. Write 404, 500.19, 5xx, ftp:530.41 or httperr:QueueFull.")
    service, number, sub, digit, *names = match.groups()
    service, name = service and service.lower(), names[0] or names[1]
    status, substatus = number and int(number), sub and int(sub)
    if digit and not service:
        service = "http"  # as in the columns `status_5xx`, and in `logan explain 5xx`

    def wanted(service_: str, status_: int | None, substatus_: int | None, reason: str | None) -> bool:
        if service and service_ != service:
            return False
        if name:
            return (reason or "").lower() == name.lower()
        if digit:
            return status_ is not None and status_ // 100 == int(digit)
        return status_ == status and (substatus is None or substatus_ == substatus)

    return wanted
