"""Commands about what is kept: where nothing is, they say so."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from chat.models import Provider
from chat.process.start_lock import no_database


class KeptCommand(BaseCommand):
    """A shell that has not read `.env` has the command look elsewhere than the server does."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            tables = connection.introspection.table_names()
        except OperationalError as error:
            raise no_database(error) from error
        if Provider._meta.db_table not in tables:
            raise CommandError(
                "The database where DATABASE_URL points has not been prepared. If it is the right "
                "one, do so with: manage.py migrate"
            )
        return super().execute(*args, **options)
