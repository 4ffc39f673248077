from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

handler400 = "cascadeweb.error_pages.malformed"
handler500 = "cascadeweb.error_pages.broken"
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("chat.urls")),
]
if settings.USES_ALLAUTH:
    urlpatterns.append(path("", include("chat.accounts.urls")))
