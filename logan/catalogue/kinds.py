"""What a row counts as: a failure, a handshake, a hang-up, or nothing to speak of.

Told from the row alone, so that it adds up. The first legs of Windows authentication (401.2, and 401.1 without
credentials or with a negotiation going on) are handshakes: an intranet site logs more of them than pages. A client
that hung up before a good answer was through is told apart from a failure of the server. Sources: KB 969060 (title),
iis-docs on 401.2, `winerror.h` for SEC_E_NO_CREDENTIALS and SEC_I_CONTINUE_NEEDED.
"""

from __future__ import annotations

from typing import Literal

from logan.catalogue.store import load, remembered

Kind = Literal["ok", "error", "handshake", "hangup", "routine"]

SEC_E_NO_CREDENTIALS = 2148074254
SEC_I_CONTINUE_NEEDED = 590610
#: ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED, ERROR_CONNECTION_ABORTED: the client went away.
HANGUPS = frozenset({64, 995, 1236})


def kind_of(
    service: str,
    status: int | None,
    substatus: int | None,
    win32: int | None,
    reason: str | None = None,
    *,
    user: bool = False,
) -> Kind:
    """What a row counts as; `user` tells whether it carries a user name.

    >>> kind_of("http", 401, 2, 5), kind_of("http", 401, 1, 1326), kind_of("http", 200, 0, 64)
    ('handshake', 'error', 'hangup')
    >>> kind_of("httperr", None, None, None, "Timer_ConnectionIdle"), kind_of("httperr", 503, None, None, "QueueFull")
    ('routine', 'error')
    """
    if service == "httperr":
        return _httperr(status, reason)
    failed = status is not None and status >= 400
    if service != "http":
        return "error" if failed and service == "ftp" else "ok"
    if failed:
        return "handshake" if status == 401 and _is_handshake(substatus, win32, user) else "error"
    return "hangup" if win32 in HANGUPS else "ok"


def _is_handshake(substatus: int | None, win32: int | None, user: bool) -> bool:
    negotiating = win32 in (SEC_E_NO_CREDENTIALS, SEC_I_CONTINUE_NEEDED)
    if substatus == 2:
        return True
    if substatus == 1:
        return negotiating or (win32 == 0 and not user)  # NTLM's second leg on IIS 6 carries no code at all
    return substatus is None and negotiating


def _httperr(status: int | None, reason: str | None) -> Kind:
    known = _reasons().get(reason or "")
    if known is not None:
        return "error" if known == "failure" else "routine"
    return "error" if status is not None and status >= 400 else "routine"


@remembered
def _reasons() -> dict[str, str | None]:

    return {str(entry.status): entry.kind for entry in load("httperr")}
