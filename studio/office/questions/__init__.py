"""What each kind of session asks its clients, written in the office."""

from studio.office.questions import pages
from studio.office.questions.shell import bp

__all__ = ["bp", "pages"]
