#!/bin/sh
# `web` and `worker` first bring the database to the newest migration: the first to come takes a
# lock in the database, the others wait for it and find nothing to do.
set -eu

case "${1:-web}" in
  web)
    studio migrate
    exec gunicorn --config /opt/sittings/gunicorn.conf.py wsgi:app
    ;;
  worker)
    studio migrate
    exec studio worker
    ;;
  *)
    exec studio "$@"
    ;;
esac
