from __future__ import annotations

from wtforms import HiddenField, PasswordField
from wtforms.validators import Length
from wtforms.widgets import EmailInput

from studio.accounts.passwords import LONGEST
from studio.web.fields import LineField
from studio.web.form import Form


class SignInForm(Form):
    next = HiddenField()
    # Not judged: whoever has an account may have the oddest address.
    email = LineField("Email", longest=254, widget=EmailInput())
    password = PasswordField(
        "Password",
        # Before it is hashed, which takes the longer the more there is of it.
        [
            Length(min=1, message="Please type your password."),
            Length(max=LONGEST, message=f"A password has {LONGEST} characters at most."),
        ],
    )
