import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from channels.sessions import CookieMiddleware
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cascadeweb.settings")
http = get_asgi_application()

# Consumers import models, which exist only from here on.
from cascadeweb.lifespan import Lifespan  # noqa: E402
from cascadeweb.probes import Probes  # noqa: E402
from cascadeweb.requests import Named  # noqa: E402
from cascadeweb.security import SameOrigin  # noqa: E402
from chat.urls import websocket_urlpatterns  # noqa: E402

# Without a last route an unknown path is an exception, and a traceback for every probe.
refused: Any = re_path("", WebsocketDenier.as_asgi())  # type: ignore[arg-type]  # not a view

application = ProtocolTypeRouter(
    {
        "http": Named(Probes(http)),
        # Who it is, a socket asks once it is accepted (`chat.consumers.sockets`).
        "websocket": Named(
            SameOrigin(CookieMiddleware(URLRouter([*websocket_urlpatterns, refused])))
        ),
        "lifespan": Lifespan(),
    }
)
