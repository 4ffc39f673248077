"""Who may come in, what they may spend, and who may read what they asked."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.forms import Script
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.accounts.permissions import may_read
from chat.admin.history import KeptAdmin
from chat.admin.reading import ReadOnlyAdmin
from chat.admin.rows import LabelledFormSet
from chat.models import Budget, Conversation, Reading
from chat.turns import history


class BudgetInline(admin.TabularInline):
    """What this user may spend a day, where that is not what everybody may."""

    model = Budget
    formset = LabelledFormSet
    extra = 0
    max_num = 1
    fields = ("limit_usd",)
    verbose_name = gettext_lazy("budget a day")
    verbose_name_plural = gettext_lazy("budget a day, USD")


class PersonForm(UserChangeForm):
    """Nobody takes from themselves what lets them in here: nobody may be left to give it back."""

    is_own = False

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in ("is_active", "is_staff", "is_superuser"):
            is_taken = self.initial.get(name) and self.cleaned_data.get(name) is False
            if self.is_own and is_taken:
                self.add_error(name, _("You cannot take this from yourself. Another operator can."))
        return self.cleaned_data


admin.site.unregister([User, Group])


@admin.register(User)
class PersonAdmin(KeptAdmin, UserAdmin):
    form = PersonForm
    list_display = ("username", "email", "is_active", "is_staff", "last_login")
    readonly_fields = ("last_login", "date_joined")  # facts
    inlines = (BudgetInline,)

    class Media:
        js = (Script("js/picture-names.js", type="module"),)

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.inlines if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **options)
        form.is_own = obj == request.user
        return form

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Of what goes with them how much there is, without a word of it."""
        _, counts, *rest = super().get_deleted_objects(objs, request)
        return [str(user) for user in objs], counts, *rest

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for budget in formset.save(commit=False):
            budget.scope = "user"
        super().save_formset(request, form, formset, change)


@admin.register(Group)
class PeopleAdmin(KeptAdmin, GroupAdmin):
    class Media:
        js = (Script("js/picture-names.js", type="module"),)


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Whose and when, without a word of them; a page that reads one, and keeps who did."""

    list_display = ("id", "user", "turns_so_far", "cascade", "updated_at")
    list_select_related = ("user", "cascade")
    list_filter = ("cascade", "updated_at")
    search_fields = ("user__username",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.annotate(turn_count=Count("turns"))

    @admin.display(description=gettext_lazy("turns"))
    def turns_so_far(self, conversation: Any) -> int:
        count: int = conversation.turn_count
        return count

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is none, and its page would show the title, which is what was asked."""
        raise Http404

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not may_read(request.user):
            raise PermissionDenied
        conversation = self.get_object(request, object_id)  # None for what is no id
        if conversation is None:
            raise Http404
        if conversation.user_id != request.user.pk:
            Reading.objects.create(
                reader=cast(User, request.user),
                reader_name=request.user.get_username(),
                owner_name=conversation.user.get_username(),
                conversation=conversation,
            )
        turns = history.kept_states_of(conversation.pk)
        context = {"conversation": conversation, "turns": turns}
        return TemplateResponse(request, "admin/chat/conversation/read.html", context)
