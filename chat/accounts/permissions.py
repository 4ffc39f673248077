"""Who may read what others asked."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q

READ = Q(codename="read_conversations", content_type__app_label="chat")


def may_read(user: Any) -> bool:
    """Whether this was granted by name, to the user or a group of theirs: being a superuser is not
    enough, so that nobody reads what others asked without somebody having decided it."""
    if not (user.is_active and user.is_staff):
        return False
    granted = Permission.objects.filter(READ, Q(user=user) | Q(group__user=user))
    return granted.exists()
