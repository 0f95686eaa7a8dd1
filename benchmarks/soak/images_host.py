"""Which of the host engine's images a soak needs in its own."""

from __future__ import annotations

from containers.engine_host import ensure_engine
from containers.images_host import ensure_image, ensure_images


def needed() -> list[str]:
    """Their names with tags; they are made first where they are not there."""
    client = ensure_engine(lambda _: None)
    try:
        images = ensure_images(client, lambda _: None)
        egress = ensure_image(client, "egress", lambda _: None)
        return [
            str(tag)
            for image in (images.base, images.shell, images.guest, egress)
            for tag in client.api.inspect_image(image)["RepoTags"]
        ]
    finally:
        client.close()
