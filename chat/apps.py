from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.utils.translation import gettext_lazy


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat.accounts import named_rights  # need the models
        from chat.consumers import rights  # need the models
        from chat.conversations import remains  # need the models
        from chat.costs import budgets
        from chat.learning import promised
        from chat.setup import changes  # need the models

        for model in self.get_models():
            translate_names(model)
        named_rights.translate()
        changes.listen()
        promised.listen()
        remains.listen()
        rights.listen()
        budgets.listen()
        limit_requests()


def translate_names(model: type[Model]) -> None:
    """The desk shows what models and their fields are called: here once, instead of at each."""
    meta = model._meta
    meta.verbose_name = gettext_lazy(str(meta.verbose_name))
    meta.verbose_name_plural = gettext_lazy(str(meta.verbose_name_plural))
    for field in meta.local_fields:
        field.verbose_name = gettext_lazy(str(field.verbose_name))
        if field.help_text:
            field.help_text = gettext_lazy(str(field.help_text))


def limit_requests() -> None:
    """Addresses are typed in by operators: from here on no request goes just anywhere."""
    from chat.cascade.providers.addresses import Addresses
    from chat.cascade.providers.transport import limit_to

    try:
        limit_to(Addresses.reading(settings.LOCAL_MODEL_ADDRESSES))
    except ValueError as error:
        raise ImproperlyConfigured(f"LOCAL_MODEL_ADDRESSES: {error}") from error
