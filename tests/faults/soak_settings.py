"""The product, and how many tasks run in it at `/tasks`."""

from cascadeweb.settings import *  # noqa: F403
from cascadeweb.settings import MIDDLEWARE

MIDDLEWARE.insert(0, "tests.faults.soak.Tasks")
