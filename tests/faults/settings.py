"""The product with doorbells that are lost, doubled and late."""

from cascadeweb.settings import *  # noqa: F403
from cascadeweb.settings import CHANNEL_LAYERS

CHANNEL_LAYERS["default"]["BACKEND"] = "tests.faults.layer.BadLayer"
