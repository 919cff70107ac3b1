"""Topics as `deploy/kafka/topics.yaml` wants them: created, compared, and recognised when somebody made them anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic
from pydantic import BaseModel, ConfigDict, Field

from shared.db import SERVICES, Connection
from shared.kafka import ANSWER_SECONDS, TopicState, describe_topics, topic_settings
from shared.playbook import load_yaml
from shared.settings import DEPLOY

TOPICS_FILE = DEPLOY / "kafka" / "topics.yaml"


class TopicsError(RuntimeError):
    """The topics are not as Baton needs them; the text says which, why, and what to do."""


class TopicSpec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    partitions: int = Field(ge=1)
    config: dict[str, str | int] = Field(default_factory=dict)


class TopicsFile(BaseModel):
    """`topics.yaml`: every topic with its partitions and settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    replication_factor: int = Field(default=1, ge=1)
    topics: tuple[TopicSpec, ...]

    def partitions(self, names: Sequence[str]) -> dict[str, int]:
        return {spec.name: spec.partitions for spec in self.topics if spec.name in names}


def read_topics(path: Path = TOPICS_FILE) -> TopicsFile:
    return load_yaml(path.read_text(), path.name, TopicsFile)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found about a topic: `missing`, other partitions, other settings, or nothing."""

    name: str
    problem: str | None


def check_topics(bootstrap_servers: str, prefix: str, wanted: TopicsFile) -> list[Finding]:
    """Compare partitions and the settings that the file names. Raises KafkaException when the broker refuses."""
    findings = check_partitions(bootstrap_servers, prefix, wanted)
    sound = [prefix + finding.name for finding in findings if finding.problem is None]
    found = topic_settings(bootstrap_servers, sound)
    return [
        Finding(spec.name, finding.problem or _difference(spec, found[prefix + spec.name]))
        for spec, finding in zip(wanted.topics, findings, strict=True)
    ]


def _difference(spec: TopicSpec, found: Mapping[str, str]) -> str | None:
    differing = [
        f"{name} is {found.get(name, 'unknown to the broker')}, {value} is expected"
        for name, value in spec.config.items()
        if found.get(name) != str(value)
    ]
    return f"{'; '.join(differing)}: alter the topic, or topics.yaml if that was meant" if differing else None


def check_partitions(bootstrap_servers: str, prefix: str, wanted: TopicsFile) -> list[Finding]:
    """Compare what no service can do without, and what every principal may ask for."""
    found = describe_topics(bootstrap_servers, [prefix + spec.name for spec in wanted.topics])
    return [Finding(spec.name, _problem(spec, found.get(prefix + spec.name))) for spec in wanted.topics]


def _problem(spec: TopicSpec, found: TopicState | None) -> str | None:
    if found is None:
        return "missing: create it with `baton topics apply`"
    if found.partitions != spec.partitions:
        return f"has {found.partitions} partitions, {spec.partitions} are expected: keys would hash to other places"
    return None


def apply_topics(bootstrap_servers: str, prefix: str, wanted: TopicsFile) -> list[str]:
    """Create the missing topics; returns their names. Raises KafkaException when the broker refuses."""
    findings = check_partitions(bootstrap_servers, prefix, wanted)
    missing = [f.name for f in findings if f.problem and "missing" in f.problem]
    specs = [spec for spec in wanted.topics if spec.name in missing]
    if not specs:
        return []
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    new = [
        NewTopic(
            prefix + spec.name,
            num_partitions=spec.partitions,
            replication_factor=wanted.replication_factor,
            config={name: str(value) for name, value in spec.config.items()},
        )
        for spec in specs
    ]
    for future in admin.create_topics(new, operation_timeout=ANSWER_SECONDS).values():
        future.result()
    return missing


async def recognise(connection: Connection, states: dict[str, TopicState]) -> None:
    """Remember the ids of topics; raises TopicsError when one was deleted and created again since."""
    for state in states.values():
        known = await connection.fetchval(
            "INSERT INTO baton.topic AS t (name, topic_id) VALUES ($1, $2)"
            " ON CONFLICT (name) DO UPDATE SET topic_id = t.topic_id RETURNING topic_id",
            state.name,
            state.topic_id,
        )
        if known != state.topic_id:
            raise TopicsError(
                f"topic {state.name} was deleted and created again: its offsets restart at 0 and would be passed over"
                f" as handled. If that was meant, run `baton topics accept {state.name}` with the services stopped."
            )


async def accept(connection: Connection, prefix: str, state: TopicState) -> None:
    """Take a recreated topic for the one it replaces: every service reads it from its start.

    The connection has to be inside a transaction.
    """
    await connection.execute("UPDATE baton.topic SET topic_id = $2 WHERE name = $1", state.name, state.topic_id)
    for schema in SERVICES:
        await connection.execute("SELECT set_config('search_path', $1, true)", schema)
        await connection.execute("DELETE FROM consumer_position WHERE topic = $1", state.name.removeprefix(prefix))
