"""Addresses for signing in, second factors, invitations, members and our texts.

allauth's views are listed one by one, each with its access; passkeys go without `webauthn` in MFA_SUPPORTED_TYPES.
"""

from typing import Final

from allauth.account import views as account
from allauth.mfa import app_settings as factor_settings
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from django.urls import URLPattern, path, re_path
from django.views.generic import RedirectView

from testamur.web import members, signin_forms, signin_pages
from testamur.web import signin_passkeys as passkeys
from testamur.web.access import collects, for_account, public

_login = account.LoginView.as_view(form_class=signin_forms.LoginForm)
_signup = account.SignupView.as_view(form_class=signin_forms.SignupForm)
_reset = account.PasswordResetView.as_view(form_class=signin_forms.ResetPasswordForm)
_reset_key = account.PasswordResetFromKeyView.as_view(form_class=signin_forms.ResetPasswordKeyForm)
_change = account.PasswordChangeView.as_view(form_class=signin_forms.ChangePasswordForm)
_again = account.ReauthenticateView.as_view(form_class=signin_forms.ReauthenticateForm)
_factor = passkeys.SecondFactor.as_view()
_factor_again = factor.ReauthenticateView.as_view(form_class=signin_forms.FactorReauthenticateForm)

urlpatterns: list[URLPattern] = [
    path("", for_account(RedirectView.as_view(pattern_name="home")), name="account"),
    path("home/", signin_pages.home, name="home"),
    path("choose/", signin_pages.choose_membership, name="choose_membership"),
    path("sign-in/", public(collects("sign-in")(_login)), name="account_login"),
    path("sign-out/", public(account.logout), name="account_logout"),
    path("locked/", public(account.account_inactive), name="account_inactive"),
    path("register/", public(collects("student-registration")(_signup)), name="account_signup"),
    path("confirm/", public(account.email_verification_sent), name="account_email_verification_sent"),
    path("confirm/<str:key>/", public(account.confirm_email), name="account_confirm_email"),
    path("again/", for_account(_again), name="account_reauthenticate"),
    path("password/", for_account(_change), name="account_change_password"),
    path("reset/", public(collects("sign-in")(_reset)), name="account_reset_password"),
    path("reset/sent/", public(account.password_reset_done), name="account_reset_password_done"),
    path("reset/done/", public(account.password_reset_from_key_done), name="account_reset_password_from_key_done"),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$", public(_reset_key), name="account_reset_password_from_key"
    ),
    path("security/", signin_pages.security, name="mfa_index"),
    path("security/misuse/", signin_pages.report_misuse, name="report_misuse"),
    path("factor/", public(_factor), name="mfa_authenticate"),
    path("factor/again/", for_account(_factor_again), name="mfa_reauthenticate"),
    path("factor/app/", for_account(signin_pages.ActivateTOTP.as_view()), name="mfa_activate_totp"),
    path("factor/app/code.svg", signin_pages.totp_picture, name="totp_picture"),
    path("factor/app/remove/", for_account(signin_pages.RemoveTOTP.as_view()), name="mfa_deactivate_totp"),
    path("factor/codes/", for_account(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("factor/codes/new/", for_account(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("factor/codes/file/", for_account(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("invitation/<str:token>/", signin_pages.invitation, name="invitation"),
    path("members/", members.members, name="members"),
    path("members/<uuid:organisation_id>/", members.members, name="members_of"),
    path("members/<uuid:membership_id>/remove/", members.remove, name="remove_member"),
    path("privacy/", signin_pages.named_text, {"name": "privacy-policy"}, name="privacy"),
    path("terms/", signin_pages.named_text, {"name": "terms"}, name="terms"),
    path("text/<slug:name>/", signin_pages.named_text, name="text"),
    path("text/<slug:name>/<str:number>/", signin_pages.text_version, name="text_version"),
]


_PASSKEYS: Final[list[URLPattern]] = [
    path("factor/passkeys/", passkeys.passkeys, name="mfa_list_webauthn"),
    path("factor/passkeys/add/", for_account(passkeys.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("factor/passkeys/again/", for_account(passkeys.PasskeyAgain.as_view()), name="mfa_reauthenticate_webauthn"),
    path("factor/passkeys/<int:pk>/", for_account(passkeys.RenamePasskey.as_view()), name="mfa_edit_webauthn"),
    path("factor/passkeys/<int:pk>/remove/", for_account(passkeys.RemovePasskey.as_view()), name="mfa_remove_webauthn"),
]

if "webauthn" in factor_settings.SUPPORTED_TYPES:
    urlpatterns += _PASSKEYS
