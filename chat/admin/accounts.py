"""What allauth would show at the desk: tables that nobody edits by hand, secrets among them."""

from django.conf import settings
from django.contrib import admin

APPS = {"account", "mfa", "socialaccount"}

if settings.USES_ALLAUTH:
    theirs = [model for model in admin.site._registry if model._meta.app_label in APPS]
    admin.site.unregister(theirs)
