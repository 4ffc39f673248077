"""Lists are narrowed by their own filters alone."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.http import HttpRequest


class NarrowAdmin(admin.ModelAdmin):
    """Any other look-up in an address would tell, yes or no, letter by letter, what is in a column
    that is not shown: the text of a draft, what a header says."""

    linked_by: tuple[str, ...] = ()
    """What else our own links narrow it by."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        filters = [getattr(one, "parameter_name", one) for one in self.get_list_filter(request)]
        if lookup.partition("__")[0] not in (*filters, *self.linked_by):
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """PostgreSQL refuses a NUL, and no text that is kept holds one; a search says so itself."""
        for name, values in request.GET.lists():
            if name != SEARCH_VAR and any("\0" in value for value in values):
                raise IncorrectLookupParameters
        return super().get_changelist_instance(request)
