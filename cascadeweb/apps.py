from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin, with our front page and order."""

    default_site = "chat.desk.Desk"
