"""The staff's pages about what is sold."""

from flask import Blueprint

bp = Blueprint("catalogue_office", __name__, url_prefix="/office/packages")

from studio.catalogue.office import add_ons, packages, policies, premiums, taxes  # noqa: E402

__all__ = ["add_ons", "bp", "packages", "policies", "premiums", "taxes"]
