"""Links lead somewhere, both readmes tell the same, and nothing tells of the machine that it was written on."""

import ipaddress
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.house.documents import README, README_JA, ROOT, blocks, documents, headings, links, rows, text_of, tracked
from tests.unit.deploy.deploy_files import containers

OF_A_MACHINE = re.compile(r"(?<![\w.}])/(?:work|root|home|Users)/\w")
URL = re.compile(r"https?://[\w.-]+(?::\d+)?")
PRIVATE = re.compile(r"\.(?:internal|local|lan|corp|intra|intranet|home)$")
INDEXES = {"pypi.org", "files.pythonhosted.org"}


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(document: Path) -> None:
    targets = [target for target in links(document) if target and "://" not in target and "mailto:" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_both_readmes_have_the_same_sections_links_tables_and_blocks() -> None:
    assert headings(README_JA) == headings(README)
    assert set(links(README_JA)) - {README.name} == set(links(README)) - {README_JA.name}
    assert [len(row) for row in rows(README_JA)] == [len(row) for row in rows(README)]
    assert [block.language for block in blocks(README_JA)] == [block.language for block in blocks(README)]


def test_no_file_names_a_path_of_the_machine_that_it_was_written_on() -> None:
    found = {str(path.relative_to(ROOT)): OF_A_MACHINE.findall(text_of(path)) for path in tracked()}
    assert {name: paths for name, paths in found.items() if paths} == {}


def is_private(host: str) -> bool:
    """Whether the host means something inside one network only; containers and this machine are known to all."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(PRIVATE.search(host)) or ("." not in host and host not in {"localhost", *containers()})
    return address.is_private and not address.is_loopback


def test_no_file_names_a_host_of_a_private_network() -> None:
    named = {
        (str(path.relative_to(ROOT)), host)
        for path in tracked()
        for url in URL.findall(text_of(path))
        if (host := urlsplit(url).hostname) and is_private(host)
    }
    assert named == set()


def test_dependencies_are_locked_to_the_public_index() -> None:
    hosts = {urlsplit(url).hostname for url in URL.findall(text_of(ROOT / "uv.lock"))}
    assert hosts <= INDEXES
    assert "index" not in tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"].get("uv", {})


def test_images_come_from_no_registry_of_ones_own() -> None:
    bases = re.findall(r"^FROM (\S+)", text_of(ROOT / "deploy/Dockerfile"), re.MULTILINE)
    images = [*bases, *(container.image for container in containers().values())]
    registries = [image.split("/")[0] for image in images if "/" in image]
    assert [registry for registry in registries if re.search(r"[.:]", registry)] == []
