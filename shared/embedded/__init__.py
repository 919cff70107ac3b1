"""Real Kafka and real Postgres from Python packages, for the demo, `baton up` and the tests."""

from shared.embedded.errors import EmbeddedStackError
from shared.embedded.kafka import KafkaServer
from shared.embedded.postgres import PostgresServer
from shared.embedded.stack import EmbeddedStack

__all__ = ["EmbeddedStack", "EmbeddedStackError", "KafkaServer", "PostgresServer"]
