"""What logan is built from: each bound that is claimed is one that is tested, each dependency has its reason."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
OWN = "logan-iis"


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def requirements(lines: list[str]) -> dict[str, Requirement]:
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r for r in parsed if r.name != OWN}


def needed_by_users() -> dict[str, Requirement]:
    """What an installed logan needs, with the extra for clusters and URLs."""
    table = project()["project"]
    return requirements(table["dependencies"] + table["optional-dependencies"]["dask"])


def needed_by_anyone() -> dict[str, Requirement]:
    table = project()
    extras = [line for lines in table["project"]["optional-dependencies"].values() for line in lines]
    return requirements(table["build-system"]["requires"] + table["project"]["dependencies"] + extras)


def oldest() -> dict[str, Version]:
    lines = (ROOT / ".ci" / "oldest.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pins}


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository as Git names them."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no Git repository")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return tuple(path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file())


@pytest.mark.parametrize("name", sorted(needed_by_users()))
def test_oldest_version_claimed_is_the_one_tested(name: str) -> None:
    bounds = list(needed_by_users()[name].specifier)
    assert [bound.operator for bound in bounds] == [">="], "one lower bound, and no upper one that blocks its users"
    assert oldest()[name] == Version(bounds[0].version)


def test_oldest_versions_are_exact_and_named_once() -> None:
    lines = (ROOT / ".ci" / "oldest.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==\d+(\.\d+)+", pin) for pin in pins)
    assert len(oldest()) == len(pins)


@pytest.mark.parametrize("name", sorted(needed_by_anyone()))
def test_each_dependency_has_a_reason(name: str) -> None:
    reasons = (ROOT / "docs" / "design.md").read_text("utf-8").split("\n## Dependencies\n")[1].split("\n## ")[0]
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", reasons), f"docs/design.md does not say why {name}"


def test_no_file_names_a_package_index_or_a_folder_of_its_author() -> None:
    # written in pieces, so that this file is not among those it finds
    hosts = ["pypi" + ".org/simple", "python" + "hosted", "registry." + "npmjs", "deb." + "debian", "pypi-" + "more"]
    options = ["--index" + "-url", "--extra-" + "index-url", "--find" + "-links"]
    folders = ["/wo" + "rk/", "/ro" + "ot/", "/opt/" + "pypi", "/opt/" + "wheels"]
    unwanted = re.compile("|".join(map(re.escape, hosts + options + folders)).encode())
    found = [f"{path.relative_to(ROOT)}: {hit[0].decode()}" for path in tracked()
             if (hit := unwanted.search(path.read_bytes()))]  # fmt: skip
    assert not found


def test_lists_of_packages_name_no_address() -> None:
    named = [path for path in tracked() if path.parent.name == ".ci" or "lock" in path.suffixes
             or re.match(r"(.*requirements|.*constraints|.*lock)", path.name)]  # fmt: skip
    assert named
    assert not [path.name for path in named if b"://" in path.read_bytes()]
