"""Guides in the office: written, looked at on a real session, kept in versions, handed on."""

from studio.office.guides import pages, versions
from studio.office.guides.shell import bp

__all__ = ["bp", "pages", "versions"]
