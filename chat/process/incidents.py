"""What broke on our side: logged whole, and told to the reader by an id that finds it there."""

import logging
import uuid


def incident(logger: logging.Logger, what: str) -> str:
    """Log the exception being handled; returns its id."""
    name = uuid.uuid4().hex[:8]
    logger.exception("%s, incident %s", what, name)
    return name
