"""CSV exports made events by a mapping file."""

from services.commands.mapping.model import MappingFile
from services.commands.mapping.rows import BadRow, Tally
from services.commands.mapping.sources import Sources, open_sources

__all__ = ["BadRow", "MappingFile", "Sources", "Tally", "open_sources"]
