"""The doorbell: "this conversation has news". It carries no content and may be lost or doubled."""

import logging
from uuid import UUID

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def group(conversation_id: UUID) -> str:
    return f"conversation.{conversation_id}"


async def ring(conversation_id: UUID) -> None:
    layer = get_channel_layer()
    assert layer is not None, "settings name a channel layer"
    try:
        await layer.group_send(group(conversation_id), {"type": "doorbell"})
    except (OSError, RedisError) as error:
        logger.warning("a doorbell was lost: %s", type(error).__name__)
