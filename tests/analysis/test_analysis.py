"""The public names of `logan.analysis`."""

from __future__ import annotations

import subprocess
import sys

import pytest

# fmt: off
ORDERS = [
    "from logan.analysis import trend, errors",
    "import logan.analysis.overview; from logan.analysis import trend, errors",
    "import logan.analysis.trend, logan.analysis.errors; from logan.analysis import trend, errors",
    "from logan.analysis.trend import Trend; from logan.analysis import errors, trend",
]
# fmt: on


@pytest.mark.parametrize("imports", ORDERS)
def test_a_function_goes_before_the_module_of_its_name_in_any_order_of_imports(imports: str) -> None:
    code = f"{imports}; assert callable(trend) and callable(errors), (trend, errors)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_not_there_is_an_attribute_error() -> None:
    import logan.analysis

    with pytest.raises(AttributeError, match="nonsense"):
        logan.analysis.nonsense
    assert "slow" in dir(logan.analysis)
