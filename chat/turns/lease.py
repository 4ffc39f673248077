"""Who plays a turn, and until when that is believed.

A player's process renews the leases of its turns. One that does not, for it died or hangs, loses
them: a sweeper takes such a turn over by raising its epoch, in one conditional UPDATE that one
process wins. From then on every write of the old player is refused, here and by the log. All
times are the database's, so the clocks of several machines need not agree.
"""

import contextlib
import hashlib
import os
import socket
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from chat.models import IS_LIVE, LIVE, Turn
from chat.turns.state import TurnStatus

LEASE_S = 20
"""Long enough for a process that is busy or waits for its database, short enough for readers."""

RENEW_S = 5.0

HELD_LOOKS = 3
"""From the first of a sweeper's looks to the third there is time to renew a lease."""

WAITS_S = 3

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

UNPLAYED_S = 120
"""How long a turn waits for a player: a deploy of all players is over by then."""


@cache
def owner() -> str:
    """This process, among all that share the database; below 80 characters."""
    return "/".join((*_place(), str(os.getpid()), _started(os.getpid())))


@cache
def until() -> CombinedExpression:
    """The value of `lease_until` for a lease that begins now."""
    return Now() + timedelta(seconds=LEASE_S)


def ours() -> tuple[str, CombinedExpression]:
    """Owner and time of a turn that is played here."""
    return owner(), until()


def free() -> tuple[str, CombinedExpression]:
    """Owner and time of a turn that any player may take; one that nobody takes is swept."""
    return "", Now() + timedelta(seconds=UNPLAYED_S)


def waiting() -> QuerySet[Turn]:
    """Turns that nobody has taken, the oldest first."""
    free = Turn.objects.filter(IS_LIVE, status=TurnStatus.QUEUED, lease_owner="")
    return free.order_by("created_at")


def is_free(turn: Turn) -> bool:
    """Whether it waits for a player, as far as was read."""
    return turn.status == TurnStatus.QUEUED and not turn.lease_owner


def waits(turn: Turn) -> bool:
    """Whether it has waited so long that its reader should be told."""
    return is_free(turn) and timezone.now() - turn.created_at > timedelta(seconds=WAITS_S)


def claim(turn: Turn) -> bool:
    """Make a turn that waits ours. Of several who want it, the database lets one have it."""
    free = waiting().filter(id=turn.id, epoch=turn.epoch).order_by()
    return bool(free.update(lease_owner=owner(), lease_until=until()))


def renew(turn_ids: Collection[str]) -> None:
    mine = Turn.objects.filter(id__in=turn_ids, lease_owner=owner(), status__in=LIVE)
    mine.update(lease_until=until())


def lost(*, proved: bool = False) -> list[Turn]:
    """Live turns that nobody plays any more, as far as can be known; of those that are `proved`
    the player's process has ended here, whatever its lease says."""
    live = Turn.objects.filter(IS_LIVE).order_by()
    over = live.none() if proved else live.filter(Q(lease_until=None) | Q(lease_until__lt=Now()))
    owners = live.values_list("lease_owner", flat=True).distinct()
    dead = [name for name in owners if is_dead(name)]
    return [*(over | live.filter(lease_owner__in=dead)).select_related("conversation", "cascade")]


class Renewals:
    """In how many looks each lease was seen as it is.

    The database's clock may be set forward, which ends every lease before it can be renewed: one
    that was renewed a moment ago is held all the same.
    """

    def __init__(self) -> None:
        self._looks: dict[tuple[UUID, datetime | None], int] = {}

    def held(self) -> set[UUID]:
        """The turns; one look more. A player that died loses its turns no later for it: nobody
        renews their leases in more looks than that before they are over."""
        leases = Turn.objects.filter(IS_LIVE).order_by().values_list("id", "lease_until")
        self._looks = {lease: self._looks.get(lease, 0) + 1 for lease in leases}
        return {turn_id for (turn_id, _), looks in self._looks.items() if looks < HELD_LOOKS}


def take(turn: Turn) -> bool:
    """Make the turn ours, in a new epoch. False where its player or another sweeper was faster."""
    same = Turn.objects.filter(
        id=turn.id, epoch=turn.epoch, lease_until=turn.lease_until, status__in=LIVE
    )
    if not same.update(epoch=F("epoch") + 1, lease_owner=owner(), lease_until=until()):
        return False
    turn.epoch += 1
    return True


def is_dead(name: str) -> bool:
    """Only where it is proved: a process of this place that is not there any more."""
    *place, pid, started = ("///" + name).split("/")[-4:]
    is_here = tuple(place) == _place() and started != ""
    return is_here and _started(int(pid)) != started


def _place() -> tuple[str, str]:
    """Where process ids mean the same: the machine, and on Linux the namespace of a container.

    Names of machines may be long, and the same on those that were cloned.
    """
    host, boot, namespace = socket.gethostname(), "", ""
    with contextlib.suppress(OSError):
        boot = _BOOT_ID.read_text()
        namespace = os.readlink("/proc/self/ns/pid")
    machine = hashlib.sha256(f"{host} {boot}".encode()).hexdigest()[:12]
    return f"{host[:20]}-{machine}".replace("/", "-"), namespace.strip("pid:[]")


def _started(pid: int) -> str:
    """When a process began, in ticks since boot; empty where that cannot be known, or it ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(") ")[2].split()  # the name before may hold anything
    return "" if state in "ZX" else fields[18]
