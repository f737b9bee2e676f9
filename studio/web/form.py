"""What every form of the site is made of, with the one gap in its library's types closed."""

from flask_wtf import FlaskForm
from wtforms import SelectChoice  # type: ignore[attr-defined]  # the stubs lag behind

__all__ = ["Form", "SelectChoice"]


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF carries no types
    """Fields, checked, with the token that shows the form came from our own page."""
