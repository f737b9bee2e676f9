"""The site under load: the studio's own server, with one more page to compare with.

python -m bench.site PORT
"""

from __future__ import annotations

import sys

from flask import render_template
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select

from studio import log
from studio.app import create_app
from studio.db import db
from studio.scheduling.models import Studio
from studio.server import serve
from studio.web.guards import public

LINE = "bench/line.html"


@public
def one_row() -> str:
    """One row read, one line drawn: what any page of this server costs at least."""
    name = db.session.scalars(select(Studio.name)).one()
    return render_template(LINE, name=name)


def main() -> None:
    log.configure(production=True)
    app = create_app()
    # A template like any other, compiled once: `render_template_string` would do so each time.
    line = DictLoader({LINE: "<p>{{ name }}</p>"})
    app.jinja_env.loader = ChoiceLoader([app.create_global_jinja_loader(), line])
    app.add_url_rule("/bench/one-row", "one_row", one_row)
    serve(app, int(sys.argv[1]))


if __name__ == "__main__":
    main()
