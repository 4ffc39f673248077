"""Write the German catalogue anew from what is marked, and compile it; `make words` runs this."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cascadeweb.settings")
django.setup()

from tests.words.catalogue import MO, PO, is_translated, update  # noqa: E402  # needs the apps

catalogue = update()
catalogue.save(str(PO))
catalogue.save_as_mofile(str(MO))
print(f"{len(catalogue)} messages")
for entry in catalogue:
    if not is_translated(entry):
        print(f"not in German yet: {entry.msgid!r}")
