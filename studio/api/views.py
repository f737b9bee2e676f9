"""The API's calls, registered on its blueprint."""

from studio.api import catalogue, document, holds
from studio.api.blueprint import bp

__all__ = ["bp", "catalogue", "document", "holds"]
