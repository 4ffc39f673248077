"""Addresses that are there only where settings ask for them, by the names that allauth leads to."""

from django.conf import settings
from django.urls import path
from django.views.generic import TemplateView

from chat.views.sign_in import SignIn

said = TemplateView.as_view(template_name="chat/accounts/said.html")

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="account_login"),
    path("sign-in/disabled/", said, {"what": "disabled"}, name="account_inactive"),
]
if settings.OIDC_SERVER:
    from chat.accounts import elsewhere

    urlpatterns += [
        path("oidc/", elsewhere.begin, name="sign_in_elsewhere"),
        path("oidc/cancelled/", said, {"what": "cancelled"}, name="socialaccount_login_cancelled"),
        path(
            "oidc/<slug:provider_id>/callback/",
            elsewhere.come_back,
            name="openid_connect_callback",
        ),
    ]
if settings.TWO_FACTOR:
    from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
    from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
    from allauth.mfa.totp.views import DeactivateTOTPView

    from chat.accounts import own_factor

    # allauth's pages, in our words.
    code = "chat/accounts/code.html"
    overview = IndexView.as_view(template_name="chat/accounts/second_factor.html")
    remove = DeactivateTOTPView.as_view(template_name="chat/accounts/remove.html")
    codes = ViewRecoveryCodesView.as_view(template_name="chat/accounts/codes.html")
    new_codes = GenerateRecoveryCodesView.as_view(template_name="chat/accounts/new_codes.html")

    urlpatterns += [
        path(
            "sign-in/code/", AuthenticateView.as_view(template_name=code), name="mfa_authenticate"
        ),
        path("second-factor/", overview, name="mfa_index"),
        path("second-factor/set-up/", own_factor.SetUp.as_view(), name="mfa_activate_totp"),
        path("second-factor/set-up/qr.svg", own_factor.qr, name="mfa_qr"),
        path("second-factor/remove/", remove, name="mfa_deactivate_totp"),
        path(
            "second-factor/code/",
            ReauthenticateView.as_view(template_name=code),
            name="mfa_reauthenticate",
        ),
        path("second-factor/codes/", codes, name="mfa_view_recovery_codes"),
        path(
            "second-factor/codes/new/",
            new_codes,
            name="mfa_generate_recovery_codes",
        ),
    ]
