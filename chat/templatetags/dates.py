"""Days and hours as they are written where the reader reads."""

from datetime import date, datetime

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import pgettext

register = template.Library()


@register.filter
def day(at: datetime) -> str:
    # Translators: a format of Django's `date` filter, as all of this context.
    return date_format(_here(at), pgettext("date", "j M Y"))


@register.filter
def moment(at: datetime) -> str:
    return date_format(_here(at), pgettext("date", "j M Y, H:i"))


@register.filter
def short_day(at: datetime) -> str:
    return date_format(_here(at), pgettext("date", "j M y"))


@register.filter
def lately(at: datetime) -> str:
    """Of what was not long ago, so that the year goes without saying."""
    return date_format(_here(at), pgettext("date", "j M H:i"))


@register.filter
def day_of_year(at: date) -> str:
    return date_format(at, pgettext("date", "j F"))


@register.filter
def listed_day(text: str) -> str:
    """Of a day as programs write it; what is in no such form, as lists of others may have it, stays
    as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return date_format(at, pgettext("date", "j M Y"))


def _here(at: datetime) -> datetime:
    return localtime(at)
