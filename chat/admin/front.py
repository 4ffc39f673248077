"""The desk's front page: what answers, how it does, and what it costs."""

from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from chat.admin.health import NONE, resting
from chat.admin.setup import is_set_up
from chat.costs import health
from chat.costs.drawings import spark
from chat.costs.figures import Figures
from chat.costs.selection import Selection
from chat.models import Cascade, Change, ModelConfig
from chat.setup.changes import subject


def front_page(request: HttpRequest) -> dict[str, Any]:
    user = cast(User, request.user)
    since = timezone.localdate() - timedelta(days=health.DAYS - 1)
    return {
        "is_new": user.has_perm("chat.add_provider") and not is_set_up(),
        "week": Figures.of(Selection(since=since).turns()),
        "since": since,
        "cascades": cascades() if user.has_perm("chat.view_cascade") else None,
        "changes": changes() if user.has_perm("chat.view_change") else None,
        "models": models() if user.has_perm("chat.view_modelconfig") else None,
    }


def cascades() -> list[dict[str, Any]]:
    found = health.of_cascades()
    rows = Cascade.objects.prefetch_related("steps__model_config__provider")
    return [{"cascade": row, **_done(found.get(row.pk, NONE))} for row in rows]


def changes() -> list[tuple[Change, str]]:
    return [(change, subject(change)) for change in Change.objects.all()[:5]]


def models() -> list[dict[str, Any]]:
    """Those in use first."""
    found = health.of_models()
    rows = ModelConfig.objects.select_related("provider")
    listed = [
        {"model": row, "resting": resting(row), **_done(found.get(row.pk, NONE))} for row in rows
    ]
    return sorted(listed, key=lambda row: (not row["model"].enabled, -row["health"].asked))


def _done(done: health.Health) -> dict[str, Any]:
    return {"health": done, "spark": spark(done.daily)}
