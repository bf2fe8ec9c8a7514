"""The notebooks run from the first cell to the last, show what they promise, and are kept without outputs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.skipif(not NOTEBOOKS, reason="the notebooks are only in a checkout")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_kept_without_outputs(path: Path) -> None:
    for cell in read(path)["cells"]:
        assert not cell.get("outputs"), cell["source"]
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_of_a_notebook_lead_somewhere(path: Path) -> None:
    import re

    text = "".join("".join(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == "markdown")
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (path.parent / link).is_file(), link


@pytest.mark.filterwarnings("ignore")  # what Jupyter says of itself
@pytest.mark.parametrize("number", range(len(NOTEBOOKS)), ids=[path.stem for path in NOTEBOOKS])
def test_notebook_runs(number: int) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    path = NOTEBOOKS[number]
    notebook = nbformat.read(path, as_version=4)
    folder = ROOT if number % 2 else ROOT / "notebooks"  # both must do
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    python_path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    client.execute(env={**os.environ, "PYTHONPATH": python_path})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in outputs), "no picture"
    spoken = "".join(output.get("text", "") for output in outputs if output.output_type == "stream")
    assert "Error" not in spoken
    assert "Deprecat" not in spoken


def test_a_bar_appears_late_moves_on_and_goes() -> None:
    pytest.importorskip("IPython")
    from logan import notebook

    shown: list[str] = []
    clock = iter(n * 0.3 for n in range(100))

    class Handle:
        def update(self, what: Any) -> None:
            shown.append(what.data)

    def display(what: Any, **_: Any) -> Handle:
        shown.append(what.data)
        return Handle()

    bar = notebook._Bar(4, "reading", clock=lambda: next(clock))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("IPython.display.display", display)
        for _ in range(4):
            bar.advance()
        bar.close()
    assert [text.count("progress") for text in shown] == [2, 2, 0]
    assert "2 of 4" in shown[0]
    assert shown[-1] == ""


def test_progress_gives_every_item_even_without_ipython(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from logan import notebook

    monkeypatch.setitem(sys.modules, "IPython.display", None)
    monkeypatch.setattr(notebook, "PATIENCE", 0)
    monkeypatch.setattr(notebook, "STEP", 0)
    assert list(notebook.progress(range(3))) == [0, 1, 2]
    assert list(notebook.progress(iter("ab"))) == ["a", "b"]
