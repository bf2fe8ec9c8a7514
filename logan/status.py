"""A status as one types it, and which rows it means."""

from __future__ import annotations

import re
from typing import NamedTuple

from logan.exceptions import OptionError

_CODE = re.compile(
    r"(?:(?i:(http|ftp|httperr|smtp|urlscan)):)?(?:(0|\d{3})(?:[.\-](\d{1,5}))?|(\d)[xX]{2})"
    r"|(?i:httperr):([A-Za-z][\w/]*)|([A-Z][\w/]*)"
)


class StatusFilter(NamedTuple):
    """The rows that a code means. Without a service a status counts in every service, and a class, as everywhere, in
    HTTP alone (``ftp:5xx`` is that of FTP); without a sub-status every sub-status counts.
    """

    service: str | None = None
    status: int | None = None
    substatus: int | None = None
    digit: int | None = None
    reason: str | None = None

    @classmethod
    def of(cls, code: str | int) -> StatusFilter:
        """What a code means: ``404``, ``500.19``, ``5xx``, ``ftp:530.41``, ``httperr:QueueFull`` or ``QueueFull``.

        Raises OptionError for what is no code.

        >>> StatusFilter.of("ftp:530.41").status, StatusFilter.of("5xx").service
        (530, 'http')
        """
        match = _CODE.fullmatch(str(code).strip())
        if match is None:
            raise OptionError(f"{str(code)!r} is no status. Write 404, 500.19, 5xx, ftp:530.41 or httperr:QueueFull.")
        service, status, substatus, digit, *reasons = match.groups()
        reason = reasons[0] or reasons[1]
        if digit and not service:
            service = "http"  # as in the columns `status_5xx`, and in `logan explain 5xx`
        numbers = [None if text is None else int(text) for text in (status, substatus, digit)]
        return cls(service and service.lower(), numbers[0], numbers[1], numbers[2], reason and reason.lower())

    def matches(self, service: str, status: int | None, substatus: int | None, reason: str | None) -> bool:
        """Whether a row with these values is meant.

        >>> ftp = ("ftp", 530, 41, None)
        >>> StatusFilter.of("530").matches(*ftp), StatusFilter.of("5xx").matches(*ftp)
        (True, False)
        """
        if self.service and service != self.service:
            return False
        if self.reason:
            return (reason or "").lower() == self.reason
        if self.digit is not None:
            return status is not None and status // 100 == self.digit
        return status == self.status and self.substatus in (None, substatus)
