"""Times of Django's own pages, as ours write them: see `chat.templatetags.dates`."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
