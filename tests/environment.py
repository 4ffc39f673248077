"""What the tests' own servers need, set before Django reads its settings; processes inherit it."""

import os

os.environ["LOCAL_MODEL_ADDRESSES"] = "127.0.0.1:*,localhost:*"
