"""SWE-agent's `.traj` files."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

from episodes.importing.chat import Message, conversation
from episodes.importing.foreign import Foreign, read_as
from episodes.importing.imported import ImportedEpisode, ImportedStep, Read, SkippedRecord
from episodes.importing.outputs import observed
from episodes.importing.source_file import SourceFile, too_deep
from episodes.importing.swe_agent_tools import swe_agent_action
from episodes.observations import Observation, Text
from episodes.provenance import StepProvenance
from episodes.record import Seconds


class _Turn(Foreign):
    action: str
    observation: str | None = None
    thought: str | None = None
    execution_time: Seconds | None = None
    state: Any = None


class _Info(Foreign):
    exit_status: str | None = None
    submission: str | None = None


class _Traj(Foreign):
    trajectory: list[_Turn] | None = None
    history: list[Message] | None = None
    info: _Info = _Info()
    environment: str | None = None


class SweAgent:
    """SWE-agent's `.traj`, one episode a file.

    Steps are those of `trajectory`, and `message_index` is the place there; a file without one is
    read from its `history` of messages. Its commands of a shell are commands, its own tools
    (`open`, `edit`, `search_dir`) calls of a tool. Exit codes are not held, and whether the task
    was solved is not: give `--outcome`.
    """

    name = "swe-agent"
    endings = (".traj",)

    def read(self, file: SourceFile) -> Read:
        """The file's one episode."""
        held = read_as(_Traj, file.value(), file)
        if held.trajectory is None and held.history is None:
            raise file.wrong("it holds neither `trajectory` nor `history`; is it SWE-agent's?")
        told = conversation(held.history or ())
        steps = told.steps
        if held.trajectory:
            steps = tuple(_step(place, turn) for place, turn in enumerate(held.trajectory))
        if not steps:
            yield SkippedRecord(None, "it holds no step")
            return
        status = held.info.exit_status
        submitted = status is not None and status.startswith("submitted")
        yield ImportedEpisode(
            task=file.path.name.removesuffix(".gz").removesuffix(".traj"),
            agent="swe-agent",
            instruction=told.instruction,
            steps=steps,
            format=self.name,
            status="terminated" if submitted else "truncated",
            cause=status or "cut",
            answer=held.info.submission,
        )


def _step(place: int, turn: _Turn) -> ImportedStep:
    provenance = StepProvenance(message_index=place, said=(turn.thought or "").strip())
    seen: Observation | None = None
    if turn.observation is not None:
        seen = observed(turn.observation)
        state = _state(turn.state)
        if isinstance(seen, Text) and state:
            seen = seen.model_copy(update={"extra": {"state": state}})
    return ImportedStep(
        swe_agent_action(turn.action), seen, provenance, seconds=turn.execution_time
    )


def _state(state: Any) -> dict[str, str]:
    """The open file and the working directory, where the format says."""
    if isinstance(state, str):
        try:
            state = from_json(state.encode(), allow_inf_nan=False)
        except (ValueError, UnicodeEncodeError):
            return {}
    if not isinstance(state, dict) or too_deep(state):
        return {}
    return {key: value for key, value in state.items() if isinstance(value, str)}
