"""Draws the pictures of the pages from the samples into ``docs/img``.

python docs/build_pictures.py     report.png (a browser's view of the top of the weekly report, with Chromium through
                                  playwright; the report's own picture where that is missing) and the charts
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "img"
CHARTS = ("errors", "heatmap", "slow-urls", "latency", "weeks", "statuses", "ftp")


def main() -> None:
    """Draw them all."""
    import logan
    from logan.charts import KINDS, save

    FOLDER.mkdir(exist_ok=True)
    summary = logan.summarize(ROOT / "samples")
    for name in CHARTS:
        save(KINDS[name](summary), FOLDER / f"{name}.png", title=f"logan {name}")
    with tempfile.TemporaryDirectory() as folder:
        for lang, target in (("en", "report.png"), ("zh", "report-zh.png")):
            page = Path(folder, "report.html")
            logan.report(ROOT / "samples", page, lang=lang)
            photograph(page, FOLDER / target)


def photograph(page: Path, target: Path) -> None:
    """The top of a page as a browser shows it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch()
        except Exception:  # no Chromium of playwright's own: the system's
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1100, "height": 1000})
        view.goto(page.as_uri())
        view.screenshot(path=str(target))
        browser.close()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
