"""Rest between two turns of a loop, and wake when the process is to stop."""

import asyncio


async def told_to_stop(stopping: asyncio.Event, within_seconds: float) -> bool:
    """Rest for so long; whether the process is to stop, told as soon as it is."""
    try:
        await asyncio.wait_for(stopping.wait(), within_seconds)
    except TimeoutError:
        return False
    return True
