"""`manage.py play`: a process that plays turns, where PLAYERS=apart."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from chat.management.sandbox import check_sandbox
from chat.process.event_loop import new_event_loop
from chat.process.life import Process
from chat.process.start_lock import start_lock
from chat.turns.take import take_for_ever

AT_MOST = 200
"""More than one process carries in time (docs/performance.md): a bound, not an aim."""


class Command(BaseCommand):
    help = "Play the turns that web processes begin, until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at-most", type=int, default=AT_MOST, help="Turns at a time.")

    def handle(self, *, at_most: int, **options: Any) -> None:
        if settings.PLAYERS != "apart":
            raise CommandError(
                "Web processes play their turns themselves. Set PLAYERS=apart for all of them "
                "and for this one."
            )
        if at_most < 1:
            raise CommandError(f"--at-most is {at_most}, must be 1 or more.")
        check_sandbox()
        with start_lock():
            call_command("migrate", verbosity=0)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(self._play(at_most))

    async def _play(self, at_most: int) -> None:
        stopped = asyncio.Event()
        Process(stopped.set).begin()
        self.stdout.write("Playing. Stop it with Ctrl+C.")
        self.stdout.flush()
        await take_for_ever(at_most)
        await stopped.wait()
