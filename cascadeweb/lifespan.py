"""Start and end of the process, for servers that tell (uvicorn, granian, hypercorn).

Daphne does not; there `manage.py serve` sees to both.
"""

from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from django.conf import settings

from chat.turns.drain import drain
from chat.turns.duties import start


class Lifespan:
    async def __call__(
        self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        await receive()
        start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await drain(settings.DRAIN_SECONDS)
        await send({"type": "lifespan.shutdown.complete"})
