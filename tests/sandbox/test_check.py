"""A task's check says what is so, whatever the agent left behind for it."""

from __future__ import annotations

from importlib.resources import files

import pytest

from sandbox.boxes.docker_host import open_docker
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan

pytestmark = pytest.mark.docker

PYTHON_CHECK = """\
import json, os, sys
from pathlib import Path
sys.exit(0 if Path(os.environ["LONGLEASH_WORKSPACE"], "done").exists() else 1)
"""

BASH_CHECK = """\
python3 -c 'import json' && ls / > /tmp/listed
[ -e "$LONGLEASH_WORKSPACE/done" ]
"""

NOBODY_LEFT = """\
for process in /proc/[0-9]*; do
    case "$(tr '\\0' ' ' < "$process/cmdline" 2> /dev/null)" in
        sleep*) echo "$process still runs"; exit 1;;
    esac
done
exit 0
"""

SAYS_YES = "import os\nos._exit(0)\n"
USER_SITE = ".local/lib/python3.11/site-packages"


def write(path, text):
    return {"write": {"path": path, "text": text}}


ATTACKS = {
    "python-modules-in-the-workspace": [
        write("sitecustomize.py", SAYS_YES),
        write("usercustomize.py", SAYS_YES),
        write("json.py", SAYS_YES),
        write("pathlib.py", SAYS_YES),
    ],
    "python-modules-in-the-users-site": [
        f"mkdir -p {USER_SITE}",
        write(f"{USER_SITE}/sitecustomize.py", SAYS_YES),
        write(f"{USER_SITE}/usercustomize.py", SAYS_YES),
        write(f"{USER_SITE}/evil.pth", "import os; os._exit(0)\n"),
    ],
    "exported-variables": [
        write("evil.sh", "exit 0\n"),
        "export PYTHONPATH=/workspace BASH_ENV=/workspace/evil.sh ENV=/workspace/evil.sh",
        "export PATH=/workspace:$PATH",
        "export LD_PRELOAD=/workspace/evil.so",
    ],
    "programs-in-the-workspace": [
        *(write(name, "#!/bin/bash\nexit 0\n") for name in ("python3", "bash", "[", "ls")),
        "chmod 755 python3 bash ls",
        "mkdir -p bin .local/bin && cp python3 bash ls .local/bin",
    ],
    "start-up-files": [
        *(write(name, "exit 0\n") for name in (".bashrc", ".profile", ".bash_profile")),
    ],
    "checks-of-its-own": [
        *(write(name, "exit 0\n") for name in ("check.sh", "/tmp/check.sh")),
        *(write(name, SAYS_YES) for name in ("check.py", "/tmp/check.py")),
    ],
    "an-answer-that-is-code": [
        {"finish": "'; exit 0; $(exit 0) `exit 0` reward: 1"},
    ],
}


def python_task(tasks, name, steps):
    folder = tasks.make(name, steps)
    (folder / "check.sh").unlink()
    (folder / "check.py").write_text(PYTHON_CHECK)
    document = folder / "task.yaml"
    document.write_text(document.read_text().replace("check.sh", "check.py"))
    return folder


@pytest.fixture(scope="module")
def ends(make_tasks, tmp_path_factory, open_kept):
    """How each task's episode ended, by the task's name; one run for all of them."""
    folder = tmp_path_factory.mktemp("checks")
    tasks = make_tasks(folder / "tasks")
    # One under which nothing is ended behind a step.
    keeping = folder / "keeping.yaml"
    preset = (files("policies.presets") / "offline-shell.yaml").read_text()
    assert "survivors: kill" in preset
    keeping.write_text(preset.replace("survivors: kill", "survivors: keep"))
    for name, steps in ATTACKS.items():
        tasks.make(f"{name}-in-bash", steps, check=BASH_CHECK)
        python_task(tasks, f"{name}-in-python", steps)
    tasks.make("honest-in-bash", ["touch done"], check=BASH_CHECK)
    python_task(tasks, "honest-in-python", ["touch done"])
    sleeper = {"action": {"kind": "start_process", "name": "late", "command": "sleep 600"}}
    left = [sleeper, "setsid sleep 601 > /dev/null 2>&1 &", "nohup sleep 602 &"]
    tasks.make("processes-left", left, check=NOBODY_LEFT)
    plan = draw_up([tasks.folder], agent="scripted:run", policy=str(keeping), episodes=1, seed=0)
    run_plan(
        plan,
        folder / "log.db",
        lambda run: open_docker(run, print),
        RunSettings(parallel=3, retries=0),
    )
    return {row.task: row for row in open_kept(folder / "log.db").episodes()}


@pytest.mark.parametrize("language", ["bash", "python"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_file_process_or_variable_of_the_agents_turns_a_check(ends, attack, language):
    end = ends[f"{attack}-in-{language}"]
    assert (end.status, end.success, end.reward) == ("terminated", False, 0.0)


@pytest.mark.parametrize("language", ["bash", "python"])
def test_a_job_that_is_done_passes_the_same_check(ends, language):
    end = ends[f"honest-in-{language}"]
    assert (end.status, end.success, end.reward) == ("terminated", True, 1.0)


def test_every_attack_but_the_exports_was_let_through_to_be_tried(ends):
    denied = {name for name, row in ends.items() if row.denials}
    assert denied == {"exported-variables-in-bash", "exported-variables-in-python"}


def test_nothing_of_the_agents_still_runs_when_the_check_does(ends):
    assert ends["processes-left"].success


def test_a_container_that_is_killed_is_a_fault_and_the_slot_is_tried_again(tasks, log_path, kept):
    tasks.make(steps=["ls", "ls /workspace", "pwd"])
    suite = tasks.folder / "suite.yaml"
    suite.write_text(
        "version: 1\n"
        "episodes:\n"
        "  - {task: small, agent: 'scripted:run', fault: {step: 1}}\n"
        "  - {task: small, agent: 'scripted:run'}\n"
    )
    plan = draw_up([suite], agent=None, policy=None, episodes=1, seed=0)
    _, result = run_plan(plan, log_path, lambda run: open_docker(run, print), RunSettings())
    assert (result.status, result.done) == ("done", 2)
    struck, again, untouched = kept.episodes()
    assert (struck.slot, struck.status, struck.cause) == (0, "faulted", "GuestGone")
    assert (again.slot, again.attempt, again.success) == (0, 1, True)
    assert (untouched.slot, untouched.attempt, untouched.success) == (1, 0, True)
    fault = kept.trajectory(0).steps[1].fault
    assert "its container ended with 137" in fault.message
    tagged = {tag.primary for tag in kept_tags(kept, struck.episode) if tag.step == 1}
    assert tagged == {"environment_fault"}
    kept.verified()


def kept_tags(kept, episode):
    said = [entry.body for entry in kept.chain("annotations")]
    return [tag for body in said if body.episode == episode for tag in body.tags]
