"""Which turns costs are told of."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.accounts.permissions import may_read
from chat.models import BESIDE, IS_LIVE, LIVE, Attempt, Conversation, Turn


@dataclass(frozen=True, slots=True)
class Selection:
    """Turns that have ended here and fit all that is given; days are the server's, both included.

    `model` is the one whose text is the answer, `tag` one of their conversation's. `user_id` None
    is everybody, for operators only, see `of`. `told_to` may see words of their own alone; None
    is somebody who may read what others asked.
    """

    user_id: int | None = None
    since: date | None = None
    until: date | None = None
    cascade_id: int | None = None
    complexity: str = ""
    model: str = ""
    tag: str = ""
    told_to: int | None = field(default=None, compare=False)

    @classmethod
    def of(cls, reader: User, *, user_id: int | None = None, **fits: object) -> Self:
        """What this reader may see: their own, and an operator what they choose."""
        own = None if reader.is_staff else reader.pk
        told_to = None if may_read(reader) else reader.pk
        return cls(user_id=user_id if own is None else own, told_to=told_to, **fits)  # type: ignore[arg-type]  # the fields

    def tells(self, conversation: Conversation) -> bool:
        """Whether its words may be shown, not only its figures: not of one that was deleted, which
        has turns for as long as that may be taken back."""
        is_theirs = self.told_to in (None, conversation.user_id)
        return is_theirs and conversation.deleted_at is None

    def title(self, conversation: Conversation) -> str:
        """A title is mostly what was asked first."""
        if self.tells(conversation):
            return conversation.title
        return _("Conversation {id} of {user}").format(
            id=conversation.id.hex[:8], user=conversation.user.get_username()
        )

    def turns(self) -> QuerySet[Turn]:
        fits = ~Q(status__in=LIVE) & Q(is_copy=False) & self._period()
        if self.user_id is not None:
            fits &= Q(conversation__user=self.user_id)
        if self.cascade_id is not None:
            fits &= Q(cascade=self.cascade_id)
        if self.complexity:
            fits &= Q(complexity=self.complexity)
        if self.model:
            fits &= Q(answered_by=self.model)
        if self.tag:
            fits &= Q(conversation__in=self._tagged())
        return Turn.objects.filter(fits).order_by()

    def attempts(self) -> QuerySet[Attempt]:
        """Those of the turns, without those beside them: their costs add up to the turns'."""
        seen = Attempt.objects.exclude(role__in=BESIDE).order_by()
        if self == Selection():  # all but a few: several times quicker than to look each one up
            live = Turn.objects.filter(IS_LIVE).order_by()
            return seen.exclude(turn=None).exclude(turn__in=live)
        return seen.filter(turn__in=self.turns())

    def beside(self) -> QuerySet[Attempt]:
        """What was spent in the period and belongs to no turn of it: shadow checks, titles, what is
        left of deleted conversations. Only the user and the days can be told of those."""
        fits = (Q(role__in=BESIDE) | Q(turn=None)) & self._period()
        if self.user_id is not None:
            fits &= Q(user=self.user_id)
        if self.cascade_id is not None:
            fits &= Q(turn__in=Turn.objects.filter(cascade=self.cascade_id).order_by())
        if self.complexity:
            fits &= Q(turn__in=Turn.objects.filter(complexity=self.complexity).order_by())
        if self.model:
            fits &= Q(model=self.model)
        if self.tag:
            fits &= Q(turn__conversation__in=self._tagged())
        return Attempt.objects.filter(fits).order_by()

    def _tagged(self) -> QuerySet[Conversation]:
        """Whoever may not read what others ask learns nothing of their tags either."""
        tag: dict[str, Any] = {"tags__name": self.tag}
        if self.told_to is not None:
            tag |= {"tags__user": self.told_to}
        return Conversation.objects.filter(**tag).order_by()

    def _period(self) -> Q:
        fits = Q()
        if self.since and self.since > date.min:  # which has no midnight in UTC east of it
            fits &= Q(created_at__gte=_midnight(self.since))
        if self.until and self.until < date.max:
            fits &= Q(created_at__lt=_midnight(self.until + timedelta(days=1)))
        return fits


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
