"""What a number in sc-win32-status means, also where the table does not have it.

The column holds Win32 codes, HRESULTs, SSPI codes, WinHTTP and WinSock errors and NTSTATUS values, all as unsigned
decimals. What the table lacks is told by its range: [MS-ERREF] 2.1 for the parts of an HRESULT, 2.3 for NTSTATUS.
"""

from __future__ import annotations

from dataclasses import replace

from logan.catalogue.model import Entry, Texts
from logan.catalogue.store import index

#: The facilities of [MS-ERREF] 2.1.1 that a web server meets.
_FACILITIES: dict[int, Texts] = {
    0: {"en": "general (FACILITY_NULL)", "zh": "通用（FACILITY_NULL）"},
    1: {"en": "remote procedure calls (RPC)", "zh": "远程过程调用（RPC）"},
    2: {"en": "COM dispatch, that is scripts and automation", "zh": "COM 调度（脚本与自动化）"},
    3: {"en": "COM storage", "zh": "COM 存储"},
    4: {"en": "COM components of their own definition (FACILITY_ITF)", "zh": "组件自定义（FACILITY_ITF）"},
    8: {"en": "Windows", "zh": "Windows"},
    9: {"en": "security (SSPI): Kerberos, NTLM, TLS, keys", "zh": "安全（SSPI）：Kerberos、NTLM、TLS、密钥"},
    10: {"en": "script engines and controls (VBScript, ADO)", "zh": "脚本引擎与控件（VBScript、ADO）"},
    11: {"en": "certificates", "zh": "证书"},
    12: {"en": "internet (WinINet)", "zh": "Internet（WinINet）"},
    13: {"en": "media server", "zh": "媒体服务器"},
    17: {"en": "COM+", "zh": "COM+"},
    19: {"en": ".NET runtime", "zh": ".NET 运行时"},
    25: {"en": "HTTP", "zh": "HTTP"},
    38: {"en": "user-mode file systems", "zh": "用户态文件系统"},
}  # fmt: skip


def decode(code: int) -> Entry:
    """The entry of a win32 code from 0 to 2**32 - 1, or one made from its range, with `known` False.

    >>> decode(5).name, decode(0x80070005).name
    ('ERROR_ACCESS_DENIED', 'HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED)')
    """
    entries = known(code)
    if entries:
        return entries[0]
    if code >> 16 == 0x8007:
        return _wrapped(code)
    title, meaning = _range(code)
    return Entry(
        "win32",
        code,
        hresult=f"0x{code if code > 0xFFFF else 0x80070000 | code:08X}",
        title=title,
        meaning=meaning,
        remedies=_advice(code),
        sources=("MS-ERREF",),
        known=False,
    )


def known(code: int) -> tuple[Entry, ...]:
    """The entries that the table has for a win32 code."""
    return index("win32").get("win32", (code, None, None, None))


def _wrapped(code: int) -> Entry:
    """An HRESULT that carries a Win32 code in its lower half."""
    low = code & 0xFFFF
    inner = decode(low)
    hexadecimal = f"0x{code:08X}"
    if not inner.known:
        return replace(inner, status=code, hresult=hexadecimal)
    return replace(
        inner,
        status=code,
        hresult=hexadecimal,
        name=f"HRESULT_FROM_WIN32({inner.name})" if inner.name else None,
        meaning={
            "en": f"{hexadecimal} is the HRESULT form of Win32 code {low}. {inner.meaning['en']}",
            "zh": f"{hexadecimal} 是 Win32 代码 {low} 的 HRESULT 形式。{inner.meaning.get('zh', '')}",
        },
        example=None,
    )


def _range(code: int) -> tuple[Texts, Texts]:
    """Title and meaning of a code that only its range tells something about."""
    hexadecimal = f"0x{code:08X}"
    if code >= 0xC0000000:
        facility = code >> 16 & 0xFFF
        return {"en": f"NTSTATUS {hexadecimal}", "zh": f"NTSTATUS {hexadecimal}"}, {
            "en": f"An error of the Windows kernel or of a logon package (NTSTATUS, facility {facility}); the catalogue"
            " has no text for this value.",
            "zh": f"Windows 内核或登录组件的错误（NTSTATUS，设施号 {facility}）；未收录该值的说明。",
        }
    if code >= 0x80000000:
        facility = code >> 16 & 0x7FF
        source = _FACILITIES.get(facility, {"en": f"facility {facility}", "zh": f"设施号 {facility}"})
        return {"en": f"HRESULT {hexadecimal}", "zh": f"HRESULT {hexadecimal}"}, {
            "en": f"An HRESULT of: {source['en']}; number {code & 0xFFFF} there. The catalogue has no text for it.",
            "zh": f"HRESULT，来自：{source['zh']}；其中的编号为 {code & 0xFFFF}。未收录其说明。",
        }
    if 12000 <= code <= 12999:
        return {"en": f"WinHTTP error {code}", "zh": f"WinHTTP 错误 {code}"}, {
            "en": "An error between this server and the one that it calls (WinHTTP: ARR, ASP.NET Core Module).",
            "zh": "本服务器访问后端服务器时出错（WinHTTP，多见于 ARR、ASP.NET Core 模块）。",
        }
    if 10000 <= code <= 11999:
        return {"en": f"WinSock error {code}", "zh": f"WinSock 错误 {code}"}, {
            "en": "An error of the network connection (Windows Sockets).",
            "zh": "网络连接出错（Windows Sockets）。",
        }
    if code <= 0xFFFF:
        return {"en": f"Win32 error {code}", "zh": f"Win32 错误 {code}"}, {
            "en": f"A Win32 system error code ({hexadecimal}); the catalogue has no text for it.",
            "zh": f"Win32 系统错误代码（{hexadecimal}）；未收录其说明。",
        }
    return {"en": f"Code {hexadecimal}", "zh": f"代码 {hexadecimal}"}, {
        "en": f"No Win32 error code; as an HRESULT it means success or information (facility {code >> 16 & 0x7FF}).",
        "zh": f"不是 Win32 错误代码；按 HRESULT 解释则为成功或提示信息（设施号 {code >> 16 & 0x7FF}）。",
    }


def _advice(code: int) -> dict[str, tuple[str, ...]]:
    if code <= 0xFFFF:
        return {
            "en": (f"Run `net helpmsg {code}` in a command prompt.",),
            "zh": (f"在命令提示符下运行 `net helpmsg {code}`。",),
        }
    return {
        "en": (f"Run `certutil -error 0x{code:08X}` in a command prompt.",),
        "zh": (f"在命令提示符下运行 `certutil -error 0x{code:08X}`。",),
    }
