"""What the image and compose have to agree on; nothing here builds or starts a container."""

from __future__ import annotations

import re
from pathlib import Path

DOCKER = Path(__file__).parents[2] / "docker"


def test_the_image_backs_up_the_database_that_compose_runs() -> None:
    """A dump is made only by a client as new as the server."""
    server = re.findall(r"image: postgres:(\d+)", (DOCKER / "compose.yaml").read_text())
    client = re.findall(r"postgresql-client-(\d+)", (DOCKER / "Dockerfile").read_text())

    assert len(server) == 1
    assert client == server
