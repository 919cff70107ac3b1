"""The one error that starting real servers on this machine can end in."""


class EmbeddedStackError(RuntimeError):
    """Kafka or Postgres could not be fetched, started or stopped; the text says why and what to do."""


def last_lines(text: str, most: int = 15) -> str:
    """The end of a log, indented, to be quoted in a message."""
    lines = [line for line in text.splitlines() if line.strip()][-most:]
    return "\n".join(f"  | {line}" for line in lines) or "  | (the log is empty)"
