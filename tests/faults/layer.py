"""A channel layer at its worst: half of what is sent is lost, the rest comes twice, or late."""

import asyncio
import random
from typing import Any

from channels_redis.core import RedisChannelLayer


class BadLayer(RedisChannelLayer):
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if random.random() < 0.5:
            return
        await asyncio.sleep(random.uniform(0, 0.5))
        await super().group_send(group, message)
        await super().group_send(group, message)
