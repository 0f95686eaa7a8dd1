"""Images are made once, are what they should be, and keep nothing of the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from containers.engine_host import connect
from containers.images_host import Images, build_task_image, ensure_images, guest_volume, image_ids
from episodes.errors import TaskFault, TaskInvalid

pytestmark = pytest.mark.docker

Run = Callable[..., str]


def _quiet(_line: str) -> None:
    return


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    client = connect()
    yield client
    client.close()


@pytest.fixture(scope="module")
def images(client: docker.DockerClient) -> Images:
    return ensure_images(client, print)


@pytest.fixture
def run(client: docker.DockerClient) -> Run:
    def run(image: str, *command: str, **settings: object) -> str:
        container = client.containers.create(
            image,
            list(command),
            network_mode="none",
            labels={"longleash.test": "images"},
            **settings,  # type: ignore[arg-type]
        )
        try:
            container.start()
            status = container.wait()["StatusCode"]
            # Read when it has ended: the SDK's own run() follows, and can miss a short life's end.
            text = container.logs().decode()
        finally:
            container.remove(force=True)
        assert status == 0, text
        return text

    return run


@pytest.fixture
def task(tmp_path: Path, client: docker.DockerClient) -> Iterator[Path]:
    """A directory with a Dockerfile of its own; what is built from it goes at the end."""
    before = image_ids(client)
    # No two tests may find each other's image.
    (tmp_path / "unique").write_text(uuid4().hex)
    (tmp_path / "Dockerfile").write_text("FROM longleash-shell\nCOPY unique /unique\n")
    yield tmp_path
    for tag in image_ids(client).keys() - before.keys():
        client.images.remove(tag, force=True)
    client.images.prune(filters={"dangling": True, "label": "longleash.test"})


def test_images_that_are_there_are_not_made_again(
    client: docker.DockerClient, images: Images
) -> None:
    said: list[str] = []
    assert ensure_images(client, said.append) == images
    assert said == []


def test_every_image_of_ours_is_labelled_and_named_by_its_digest(
    client: docker.DockerClient, images: Images
) -> None:
    tags = image_ids(client)
    for name in ("base", "guest", "shell"):
        image = client.images.get(getattr(images, name))
        assert image.labels["longleash.image"] == name
        assert [tag for tag in image.tags if tags[tag] == image.id and len(tag.split(":")[1]) == 12]


def test_the_shell_image_has_what_tasks_need(images: Images, run: Run) -> None:
    programs = ["curl", "file", "gcc", "git", "jq", "less", "make", "ps", "rg", "sqlite3", "unzip"]
    found = run(images.shell, "bash", "-c", f"command -v {' '.join(programs)} | wc -l")
    assert int(found) == len(programs)
    assert "pytest" in run(images.shell, "python3", "-m", "pytest", "--version")


def test_the_shell_image_has_no_setuid_program(images: Images, run: Run) -> None:
    assert run(images.shell, "find", "/", "-xdev", "-perm", "/6000", "-type", "f") == ""
    # The same question has an answer in the base, so it is a question that can be answered.
    assert "/usr/bin/su" in run(images.base, "find", "/usr", "-xdev", "-perm", "/6000")


def test_the_agents_user_has_a_name_and_owns_its_home(images: Images, run: Run) -> None:
    assert run(images.shell, "stat", "-c", "%U %u:%g", "/workspace") == "agent 10001:10001\n"


def test_a_tasks_image_builds_on_ours_and_is_made_once(
    client: docker.DockerClient, task: Path, run: Run
) -> None:
    said: list[str] = []
    image = build_task_image(client, task, said.append)
    assert run(image, "cat", "/unique") == (task / "unique").read_text()
    assert said
    said.clear()
    assert build_task_image(client, task, said.append) == image
    assert said == []


def test_a_changed_task_gets_another_image(client: docker.DockerClient, task: Path) -> None:
    first = build_task_image(client, task, _quiet)
    (task / "unique").write_text("changed")
    assert build_task_image(client, task, _quiet) != first


def test_two_that_build_the_same_at_once_make_one(client: docker.DockerClient, task: Path) -> None:
    said: list[str] = []

    def build(_number: int) -> str:
        own = connect()
        try:
            return build_task_image(own, task, said.append)
        finally:
            own.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(build, range(2))
    assert first == second
    assert len([line for line in said if line.startswith("building ")]) == 1


def test_a_step_that_fails_is_told_with_its_output(client: docker.DockerClient, task: Path) -> None:
    (task / "Dockerfile").write_text(
        "FROM longleash-shell\nRUN echo the reason is this >&2 && exit 7\n"
    )
    with pytest.raises(TaskFault, match="the reason is this") as raised:
        build_task_image(client, task, _quiet)
    assert "returned a non-zero code: 7" in str(raised.value)
    assert str(task) in str(raised.value)


def test_a_task_without_a_dockerfile_is_invalid(client: docker.DockerClient, task: Path) -> None:
    (task / "Dockerfile").unlink()
    with pytest.raises(TaskInvalid, match="put a readable Dockerfile there"):
        build_task_image(client, task, _quiet)


def test_the_hosts_ca_bundle_and_proxy_serve_the_build_and_stay_out_of_the_image(
    client: docker.DockerClient, task: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not the proxy that apt would use: an image of ours may have to be built on the way.
    secret = uuid4().hex
    bundle = task.parent / f"{secret}.pem"
    bundle.write_text(f"# {secret}\n")
    monkeypatch.setenv("PIP_CERT", str(bundle))
    monkeypatch.setenv("ftp_proxy", f"http://{secret}.invalid:3128")
    (task / "Dockerfile").write_text(
        "FROM longleash-shell AS build\n"
        "LABEL longleash.test=images\n"
        "COPY .longleash/ca.crt /tmp/ca.crt\n"
        'RUN echo "$ftp_proxy" | cut -c 8-39 >/seen && cut -c 3-34 /tmp/ca.crt >>/seen\n'
        "FROM longleash-shell\n"
        "COPY --from=build /seen /seen\n"
    )
    image = build_task_image(client, task, _quiet)
    assert run(image, "cat", "/seen").split() == [secret, secret]
    assert secret not in str(client.images.get(image).history())
    assert secret not in str(client.images.get(image).attrs)
    assert secret not in run(image, "sh", "-c", "env; ls -a / /tmp")
    bundle.unlink()


def test_the_guests_volume_is_filled_once_and_mounts_in_any_image(
    client: docker.DockerClient, images: Images, run: Run
) -> None:
    name = guest_volume(client, images)
    assert guest_volume(client, images) == name
    mounts = [docker.types.Mount("/longleash", name, read_only=True)]
    assert "bin" in run(images.base, "ls", "/longleash", mounts=mounts).split()
    with pytest.raises(AssertionError, match="Read-only file system"):
        run(images.base, "touch", "/longleash/x", mounts=mounts)


def test_a_volume_that_was_not_filled_to_the_end_is_filled_again(
    client: docker.DockerClient, images: Images, task: Path, run: Run
) -> None:
    # An image of its own, so that the volume that live runs use is left alone.
    (task / "Dockerfile").write_text("FROM longleash-base\nCOPY unique /longleash/unique\n")
    other = Images(images.base, build_task_image(client, task, _quiet), images.shell)
    name = f"longleash-guest-{other.guest.removeprefix('sha256:')[:12]}"
    client.volumes.create(name, labels={"longleash.guest": other.guest})
    try:
        assert guest_volume(client, other) == name
        mounts = [docker.types.Mount("/longleash", name, read_only=True)]
        assert run(images.base, "ls", "/longleash", mounts=mounts) == "unique\n"
    finally:
        for volume in (name, f"{name}-filled"):
            client.volumes.get(volume).remove()
