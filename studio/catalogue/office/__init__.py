"""The staff's pages about what is sold."""

from flask import Blueprint

bp = Blueprint("catalogue_office", __name__, url_prefix="/office/packages")

from studio.catalogue.office import (  # noqa: E402
    add_ons,
    new_package,
    packages,
    policies,
    premiums,
    taxes,
)

__all__ = ["add_ons", "bp", "new_package", "packages", "policies", "premiums", "taxes"]
