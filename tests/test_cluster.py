"""The same numbers on threads, processes and a real Dask cluster, one of whose workers is killed in the middle."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from logan.summarizing import summarize
from tests.builders import http_log, http_row, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for day in range(1, 9):
        rows = [
            http_row(date=f"2026-11-{day:02}", time=f"{n % 24:02}:00:{n % 60:02}", uri=f"/{n % 17}", taken=str(n))
            for n in range(2000)
        ]
        write(tmp_path, f"W3SVC1/u_ex26110{day}.log", http_log(*rows, http_row(status="500 19 183"), "torn\n"))
    return tmp_path


def test_threads_processes_and_map_agree(folder: Path) -> None:
    alone = summarize(folder, workers=1)
    assert summarize(folder, workers=3) == alone
    assert summarize(folder, map=map) == alone
    with ThreadPoolExecutor(2) as threads:
        assert summarize(folder, map=threads.map) == alone
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert summarize(folder, map=processes.map) == alone


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_that_loses_a_worker_gives_the_same_numbers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    from logan.cluster import summarize_on
    from logan.reading import blocks

    expected = summarize(folder)
    monkeypatch.setattr(blocks, "PART", 64)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        victim = next(iter(cluster.workers.values())).pid

        def kill() -> None:
            time.sleep(0.2)
            os.kill(victim, 9)

        killer = threading.Thread(target=kill)
        killer.start()
        results = [summarize_on(cluster.scheduler_address, str(folder)) for _ in range(5)]
        killer.join()
    assert all(result == expected for result in results)


def test_an_absent_scheduler_is_named() -> None:
    pytest.importorskip("distributed")
    from logan.cluster import summarize_on
    from logan.exceptions import SourceError

    with pytest.raises(SourceError, match="no Dask scheduler answers"):
        summarize_on("not-an-address", "samples")
