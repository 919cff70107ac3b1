"""What went wrong outside of us, in one sentence that says what to set: servers, settings, files."""

import errno

from pydantic import ValidationError

from services.commands.output import RefusalError
from shared.settings import Settings

KAFKA_TO_SET = "set BATON_KAFKA to its address, such as 127.0.0.1:9092"
POSTGRES_TO_SET = "set BATON_POSTGRES to its address, such as postgresql://baton:secret@127.0.0.1:5432/baton"
OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS})
SETTINGS = {"Settings": "BATON_", "SlackSettings": "BATON_SLACK_"}
SECRET = frozenset({"postgres", "token", "signing_secret"})


def in_words(error: Exception) -> str | None:
    """The sentence for the user; None for what is a mistake of ours, and deserves its traceback."""
    from shared.playbook import PlaybookError

    match error:
        case RefusalError() | PlaybookError():
            return str(error)
        case ValidationError() if error.title in SETTINGS:
            return "\n".join(_wrong_settings(error))
        case OSError() if error.filename is not None:
            return f"{error.filename} cannot be used: {error.strerror}"
        case OSError() if error.errno in OF_THE_DISK:
            return f"nothing more can be written: {error.strerror}"
    return _of_servers(error)


def _of_servers(error: Exception) -> str | None:
    import asyncpg
    from aiokafka.errors import KafkaError
    from confluent_kafka import KafkaException

    from shared.provisioning import TopicsError

    match error:
        case TopicsError():
            return str(error)
        case KafkaException():
            return _kafka_is_silent(error.args[0].name().strip("_").lower())
        case KafkaError():
            return _kafka_is_silent(type(error).__name__)
        case asyncpg.UndefinedTableError() | asyncpg.InvalidSchemaNameError():
            return "the database has no tables of Baton: run `baton migrate` first"
    return _of_postgres(error)


def _kafka_is_silent(why: str) -> str:
    return f"Kafka at {Settings().kafka} does not answer ({why}): {KAFKA_TO_SET}"


def _of_postgres(error: Exception) -> str | None:
    import asyncpg

    from shared.errors import is_transient

    match error:
        case asyncpg.exceptions.ClientConfigurationError():
            return f"BATON_POSTGRES is not understood ({error}): {POSTGRES_TO_SET}"
        case asyncpg.InvalidAuthorizationSpecificationError():
            return f"Postgres answers, and refuses the user or the password ({error}): {POSTGRES_TO_SET}"
        case asyncpg.InvalidCatalogNameError():
            return f"Postgres answers, and has no such database ({error}): {POSTGRES_TO_SET}"
        case asyncpg.InsufficientPrivilegeError():
            told = f"Postgres answers, and does not allow it ({error})"
            return f"{told}: {POSTGRES_TO_SET}, with a user that owns the database"
    if is_transient(error):
        return f"Postgres does not answer ({type(error).__name__}): {POSTGRES_TO_SET}"
    return None


def _wrong_settings(error: ValidationError) -> list[str]:
    """Each wrong setting by the name of its environment variable; the value of a secret is not shown."""
    from shared.playbook.wording import expectation, sentence

    told = []
    for problem in error.errors(include_url=False):
        name = "_".join(map(str, problem["loc"]))
        shown = "" if name in SECRET else f"={problem['input']}"
        expected = expectation(problem)
        wrong = f"{expected} is expected" if expected else sentence(problem)
        told.append(f"{SETTINGS[error.title]}{name.upper()}{shown}: {wrong}")
    return told
