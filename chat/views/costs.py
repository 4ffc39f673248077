"""The costs pages. Everything about them is in their address, which GET alone reads."""

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from channels.db import database_sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import agents
from chat.cascade.config import DEFAULT_THRESHOLDS
from chat.cascade.pricing import Prices
from chat.costs import compare, drawings, explorer, groups, tables, what_if
from chat.costs.exports import as_csv, as_json
from chat.costs.figures import Figures
from chat.costs.latency import spreads
from chat.costs.selection import Selection
from chat.models import Cascade, Conversation
from chat.render.words import LEVELS
from chat.views.costs_forms import SelectionForm, WhatIfForm
from chat.views.doors import reader_of

PAGE = 50
CHANGES_SHOWN = 50
GROUPINGS = {
    "model": _("By model"),
    "cascade": _("By cascade"),
    "day": _("By day"),
    "complexity": _("By question"),
    "user": _("By user"),
}
_COLUMNS = {
    "cascade": _("Cascade"),
    "day": _("Day"),
    "complexity": _("Complexity"),
    "user": _("User"),
}


@require_safe
@login_required
@never_cache
def conversations(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    order = request.GET.get("order", "-last")
    order = order if order.removeprefix("-") in groups.ORDERS else "-last"
    page = max(_whole(request.GET.get("page"), 1), 1)
    begin = (page - 1) * PAGE
    selection = form.selection
    found, figures = groups.page(selection, order, begin=begin, end=begin + PAGE + 1)
    shown = groups.with_courses(selection, found[:PAGE])
    most = drawings.longest(shown)
    first, end = (spreads(selection.turns(), name) for name in ("first_token_ms", "latency_ms"))
    context = {
        "rows": [
            (group, drawings.bullet(group.figures, most), drawings.spark(group.spent))
            for group in shown
        ],
        "order": order,
        "page": page,
        "next_page": page + 1 if len(found) > PAGE else None,
        "figures": figures,
        "beside": groups.models(selection.beside()),
        "first_token": first.in_all,
        "latency": end.in_all,
        "paths": drawings.paths(first, end),
        "table": "conversations",
    }
    return _page(request, "conversations", form, context)


@require_safe
@login_required
@never_cache
def by(request: HttpRequest, name: str) -> HttpResponse:
    if name not in GROUPINGS or (name == "user" and not reader_of(request).is_staff):
        raise Http404
    form = _form(request)
    selection = form.selection
    context: dict[str, Any] = {"grouping": name, "title": GROUPINGS[name], "table": name}
    if name == "model":
        context |= _models(selection)
    else:
        found = groups.GROUPINGS[name](selection)
        most = drawings.longest(found)
        context["column"] = _COLUMNS[name]
        context["rows"] = [(group, drawings.bullet(group.figures, most)) for group in found]
        context["figures"] = Figures.sum(group.figures for group in found)
        if name == "day" and len(found) > 1:
            context["lines"] = drawings.adding_up(found)
            context["ends"] = (found[0].name, found[-1].name)
    return _page(request, "models" if name == "model" else "groups", form, context)


def _models(selection: Selection) -> dict[str, Any]:
    found = groups.models(selection.attempts())
    providers: dict[str, list[groups.ModelGroup]] = defaultdict(list)
    for group in found:
        providers[group.provider].append(group)
    return {
        "models": found,
        "in_all": groups.Bill.of(found),
        "providers": [(name, groups.Bill.of(providers[name])) for name in sorted(providers)],
        "beside": groups.models(selection.beside()),
        "figures": Figures.of(selection.turns()),
    }


@require_safe
@login_required
@never_cache
def side_by_side(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    found = _compared(request, compare.SHOWN)
    context = {
        "columns": found,
        "turns": compare.rows(found),
        "shown": compare.SHOWN if any(column.is_cut for column in found) else None,
        "table": "compare",
    }
    return _page(request, "compare", form, context)


def _compared(request: HttpRequest, most: int | None = None) -> list[compare.Column]:
    return compare.columns(Selection.of(reader_of(request)), _ids(request.GET.getlist("c")), most)


@require_safe
@login_required
@never_cache
def threshold(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    selection = form.selection
    at = _threshold(request.GET)
    bins = explorer.bins(selection)
    figures = Figures.of(selection.turns())
    changed = explorer.would_change(selection, at)
    changed = changed.select_related("conversation__user")[:CHANGES_SHOWN]
    context = {
        "at": at,
        "outlook": explorer.outlook(bins, figures, at),
        "outlooks": [explorer.outlook(bins, figures, step) for step in range(0, 101, 10)],
        "bins": bins,
        "bars": drawings.histogram(bins),
        "figures": figures,
        "changed": [
            (turn, _may_open(request, turn.conversation), selection.title(turn.conversation))
            for turn in changed
        ],
        "marks": [
            (round(share * explorer.STEPS), LEVELS[level])
            for level, share in DEFAULT_THRESHOLDS.items()
        ],
        "table": "explorer",
    }
    return _page(request, "explorer", form, context)


@require_safe
@login_required
@never_cache
def what_would(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    asked, models, rows = _what_if(request, form.selection)
    context = {
        "what_if": asked,
        "models": models,
        "rows": rows,
        "in_all": what_if.in_all(rows),
        "table": "what-if",
    }
    return _page(request, "what_if", form, context)


def _what_if(
    request: HttpRequest, selection: Selection
) -> tuple[WhatIfForm, list[what_if.Model], list[what_if.Repriced]]:
    default = Cascade.objects.offered().first()
    asked = WhatIfForm({"then": default.pk if default else None} | request.GET.dict())
    asked.is_valid()
    cascade = asked.cleaned_data.get("then") or default
    steps = agents.enabled_steps(cascade) if cascade else []
    if len(steps) < 2:
        return asked, [], []
    pair = [("draft", steps[0]), ("last", steps[-1])]
    prices = list(map(Prices.read, agents.prices_now([step for _, step in pair])))
    models = [
        asked.model(step, price, part) for (part, step), price in zip(pair, prices, strict=True)
    ]
    return asked, models, what_if.reprice(selection, *models)


@require_safe
@login_required
@never_cache
def export(request: HttpRequest, table: str, format: str) -> StreamingHttpResponse:
    columns, pages = _exported(request, table)
    render_rows = {"csv": as_csv, "json": as_json}[format]
    kinds = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
    answer = StreamingHttpResponse(
        _streamed(render_rows(columns, pages)), content_type=kinds[format]
    )
    answer["Content-Disposition"] = f'attachment; filename="costs-{table}.{format}"'
    return answer


def _exported(request: HttpRequest, table: str) -> tuple[tuple[str, ...], tables.Pages]:
    selection = _form(request).selection
    match table:
        case "user" if not reader_of(request).is_staff:
            raise Http404
        case "compare":
            columns, rows = compare.COLUMNS, cast(Any, compare.plain(_compared(request)))
        case "explorer":
            columns, rows = explorer.COLUMNS, list(map(explorer.plain, explorer.bins(selection)))
        case "what-if":
            rows = list(map(what_if.plain, _what_if(request, selection)[2]))
            columns = what_if.COLUMNS
        case "changes":
            return tables.CHANGES, tables.changes(selection, _threshold(request.GET))
        case _ if table in tables.TABLES:
            found = tables.TABLES[table]
            return found.columns, found.pages(selection)
        case _:
            raise Http404
    return columns, iter([rows])


async def _streamed(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Each piece is read in a thread, so that a long table holds nobody up."""
    after_last = object()
    read = database_sync_to_async(lambda: next(pieces, after_last))
    while (piece := await read()) is not after_last:
        yield cast(str, piece)


def _form(request: HttpRequest) -> SelectionForm:
    return SelectionForm(request.GET, reader_of(request))


def _page(
    request: HttpRequest, name: str, form: SelectionForm, context: dict[str, Any]
) -> HttpResponse:
    reader = reader_of(request)
    shown = {key: word for key, word in GROUPINGS.items() if key != "user" or reader.is_staff}
    context |= {
        "form": form,
        "view": name,
        "query": _query(request.GET),
        "groupings": shown,
        "conversation": None,
    }
    return render(request, f"chat/costs/{name}.html", context)


def _query(given: QueryDict) -> str:
    """The address's own words, to hand on: without the page, which belongs to one order."""
    kept = given.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _threshold(given: QueryDict) -> int:
    return min(_whole(given.get("at"), 70), explorer.STEPS)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else default


def _may_open(request: HttpRequest, conversation: Conversation) -> bool:
    return conversation.user_id == request.user.pk and conversation.deleted_at is None


def _ids(texts: list[str]) -> list[uuid.UUID]:
    found = []
    for text in texts[: compare.MOST]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
