from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

handler500 = "cascadeweb.broken.broken"
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("chat.urls")),
]
handler400 = "cascadeweb.untrusted.malformed"
if settings.USES_ALLAUTH:
    urlpatterns.append(path("", include("chat.accounts.urls")))
