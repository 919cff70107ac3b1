"""Logs: one JSON object a line on stdout, with trace ids; never a person, a payload or a validation input."""

import asyncio
import logging
import sys
from collections.abc import Mapping

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.log_lines import LineWriter

log = structlog.get_logger()


def _add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"], event["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
    return event


def set_up(service: str, level: str) -> None:
    """Our loggers and the libraries' speak one format; exception texts of the database may repeat values, so only
    types and places of exceptions are logged."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        _place_of_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = LineWriter()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("aiokafka", "faststream", "uvicorn", "uvicorn.error", "uvicorn.access", "slack_sdk"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def report_from_loop(_: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
    """The event loop's exception handler: asyncio's own writes exceptions out, and the arguments of callbacks."""
    what = "an exception in a callback" if "handle" in context else context["message"]
    log.error("reported by the event loop", what=what, exc_info=context.get("exception"))


def _place_of_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error_type"] = type(error).__name__
        event["error_at"] = _innermost_place(error)
    return event


def _innermost_place(error: BaseException) -> list[str]:
    places, step = [], error.__traceback__
    while step is not None:
        places.append(f"{step.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{step.tb_lineno}")
        step = step.tb_next
    return places[-6:]
