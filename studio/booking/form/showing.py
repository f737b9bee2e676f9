"""A client's picture as an answer to whoever may see it, and taken away for good."""

from __future__ import annotations

from flask import Response, abort, current_app

from studio.booking.form import service
from studio.booking.form.pictures import ENDINGS, Folder
from studio.prep.questionnaires.models import PrepPicture
from studio.web.headers import show_as_picture


def folder() -> Folder:
    return Folder(current_app.extensions["settings"].pictures)


def shown_picture(found: PrepPicture | None) -> Response:
    """The picture as what its content is; 404 where there is none, or its file is gone."""
    content = folder().read(found.file) if found else None
    if found is None or content is None:
        abort(404)
    show_as_picture()
    name = f"picture-{found.id}.{ENDINGS[found.media_type]}"
    return Response(
        content,
        mimetype=found.media_type,
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def drop_picture(booking_id: int, picture_id: int, *, by: str) -> None:
    """Forget a picture, then remove it from its folder."""
    if file := service.remove_picture(booking_id, picture_id, by=by):
        folder().drop(file)
