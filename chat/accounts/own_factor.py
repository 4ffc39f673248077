"""Setting up a second factor, where it is not allauth's own way."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.totp.views import ActivateTOTPView
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


class SetUp(ActivateTOTPView):
    template_name = "chat/accounts/set_up.html"

    def form_valid(self, form: ActivateTOTPForm) -> HttpResponse:
        """The code that was typed is as good as one typed at sign-in."""
        answer: HttpResponse = super().form_valid(form)
        record_authentication(
            self.request, self.request.user, "mfa", type="totp", reauthenticated=True
        )
        return answer


@require_safe
@login_required
def qr(request: HttpRequest) -> HttpResponse:
    """As an image of its own: the policy for pages allows none inside them."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(drawn, content_type="image/svg+xml")
