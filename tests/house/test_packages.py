"""The names that we import are ours, and the licence is the one that we say."""

import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

import services
import shared
from tests.house.documents import ROOT

OURS = {"shared", "services"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_our_packages_are_imported_from_this_repository() -> None:
    assert [Path(str(package.__file__)).parents[1] for package in (shared, services)] == [ROOT, ROOT]


def top_level_of(distribution: Distribution) -> set[str]:
    declared = (distribution.read_text("top_level.txt") or "").split()
    return {*declared, *(file.parts[0].removesuffix(".py") for file in distribution.files or ())}


def test_nothing_installed_brings_packages_of_our_names() -> None:
    others = [found for found in distributions() if found.metadata["Name"] != PROJECT["name"]]
    assert others
    assert [found.metadata["Name"] for found in others if OURS & top_level_of(found)] == []


def test_no_dependency_has_one_of_our_names() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    assert OURS & {package["name"] for package in locked} == set()


def test_the_licence_is_apache_2() -> None:
    first, second = [line.strip() for line in (ROOT / "LICENSE").read_text().splitlines() if line.strip()][:2]
    assert (first, second[:11]) == ("Apache License", "Version 2.0")
    assert PROJECT["license"] == "Apache-2.0"
