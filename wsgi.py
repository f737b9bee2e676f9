"""The application for WSGI servers and for `flask --app wsgi`."""

from studio import cli, log
from studio.app import create_app
from studio.settings import Settings

settings = Settings.from_env()
log.configure(production=settings.production)
app = create_app(settings)
cli.register(app)
