"""A promise is tested as soon as it is made, beside the request or command that makes it."""

from django.db import transaction
from django.db.models.signals import post_save

from chat.learning.calibrations import prove_promise
from chat.models import Cascade, CascadeStep
from chat.process.off_loop import begin_off_loop


def listen() -> None:
    post_save.connect(_cascade_saved, Cascade)
    post_save.connect(_step_saved, CascadeStep)


def _cascade_saved(instance: Cascade, **_: object) -> None:
    def prove() -> None:  # Django tells what broke by its name, which a partial lacks
        begin_off_loop(_prove, instance.pk)

    if instance.promise_percent is not None:
        transaction.on_commit(prove, robust=True)


def _step_saved(instance: CascadeStep, **_: object) -> None:
    """Another model is another pair, of which other things are proved."""
    _cascade_saved(instance.cascade)


def _prove(cascade_id: int) -> None:
    for cascade in Cascade.objects.filter(pk=cascade_id):
        prove_promise(cascade)
