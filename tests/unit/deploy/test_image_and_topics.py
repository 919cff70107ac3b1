"""The image and the topics: what the Dockerfile and topics.yaml must hold to."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter
from yaml import safe_load

from shared import topics
from tests.unit.deploy.deploy_files import DEPLOY, ROOT

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000


class Topic(BaseModel):
    name: str
    partitions: int
    config: dict[str, str]


def written_topics() -> dict[str, Topic]:
    written = safe_load((DEPLOY / "kafka/topics.yaml").read_text())["topics"]
    return {topic.name: topic for topic in TypeAdapter(list[Topic]).validate_python(written)}


def test_dockerfile_passes_its_linter() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_image_runs_as_nobody_special_and_without_a_shell() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    commands = re.findall(r"^(?:RUN|CMD|ENTRYPOINT) (.*)$", DOCKERFILE, re.MULTILINE)
    assert commands
    assert all(command.startswith("[") for command in commands)


def test_dependencies_are_installed_from_the_lock_before_the_source_is_copied() -> None:
    lock, install, source = (DOCKERFILE.index(s) for s in ("uv.lock", "--no-install-project", "COPY services"))
    assert lock < install < source
    syncs = [line for line in DOCKERFILE.splitlines() if '"sync"' in line]
    assert all('"--locked"' in line and '"--no-dev"' in line for line in syncs)


def test_everything_that_the_image_copies_is_let_into_the_build() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    assert {path for paths in copied for path in paths} == allowed


@pytest.mark.parametrize("name", [*topics.LEAD_TOPICS, topics.REP_STATUS, topics.CAMPAIGN])
def test_topic_is_written_down_with_its_partitions(name: str) -> None:
    topic = written_topics()[name]
    assert topic.partitions == (topics.LEAD_PARTITIONS if name in topics.LEAD_TOPICS else 3)
    assert topic.config["message.timestamp.type"] == "LogAppendTime"
    assert {"max.message.bytes", "min.insync.replicas"} <= topic.config.keys()


def test_no_other_topic_is_made() -> None:
    assert written_topics().keys() == {*topics.LEAD_TOPICS, topics.REP_STATUS, topics.CAMPAIGN}


def test_activities_are_kept_for_thirty_days_and_of_scores_the_latest() -> None:
    written = written_topics()
    assert int(written[topics.LEAD_ACTIVITY].config["retention.ms"]) == THIRTY_DAYS_MS
    compacted = {name for name, topic in written.items() if topic.config["cleanup.policy"] == "compact"}
    assert compacted == {topics.LEAD_SCORED}
