from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status, TracesData
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.schemas import Schemas

from episodes.actions import CallTool, RunCommand
from episodes.exporting.otel import SCHEMA, traces
from episodes.importing.imported import ImportedEpisode, ImportedStep
from episodes.importing.importers import importer
from episodes.importing.into_log import import_files
from episodes.observations import CommandResult, Text
from episodes.provenance import Model, StepProvenance

EPISODE = ImportedEpisode(
    task="sort",
    agent="coder",
    instruction="Sort it.",
    steps=(
        ImportedStep(
            RunCommand(command="cat SECRET"),
            CommandResult(exit_code=1, stdout="HIDDEN"),
            StepProvenance(at=datetime(2026, 4, 1, 17, 0, 0, 1, UTC), input_tokens=7),
            seconds=2.5,
        ),
        ImportedStep(CallTool(name="get", arguments={"id": "SECRET"}), Text(text="HIDDEN")),
    ),
    format="test",
    model=Model(provider="openai", name="m-1"),
)


def parsed(held: dict[str, object]) -> TracesData:
    """Read as protobuf reads JSON, which wants base64 where OTLP writes hex."""

    def coded(value):
        if isinstance(value, list):
            return [coded(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            key: base64.b64encode(bytes.fromhex(one)).decode()
            if key.endswith(("traceId", "panId"))
            else coded(one)
            for key, one in value.items()
        }

    return Parse(json.dumps(coded(held)), TracesData())


def marks(span: Span) -> dict[str, object]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def spans(held: dict[str, object]) -> list[Span]:
    return list(parsed(held).resource_spans[0].scope_spans[0].spans)


def test_an_episode_is_a_trace_of_an_agent_and_its_tools(keeps):
    agent, first, second = spans(traces(keeps(EPISODE)))
    assert [agent.name, first.name, second.name] == [
        "invoke_agent coder",
        "execute_tool shell",
        "execute_tool get",
    ]
    assert len(agent.trace_id) == 16
    assert len(agent.span_id) == 8
    assert {first.trace_id, second.trace_id} == {agent.trace_id}
    assert {first.parent_span_id, second.parent_span_id} == {agent.span_id}
    assert {one.kind for one in (agent, first, second)} == {Span.SPAN_KIND_INTERNAL}
    assert first.start_time_unix_nano == 1775062800_000001_000
    assert first.end_time_unix_nano - first.start_time_unix_nano == 2_500_000_000
    assert first.status.code == Status.STATUS_CODE_ERROR
    assert marks(first)["error.type"] == "exit_code"
    assert second.status.code == Status.STATUS_CODE_OK
    assert marks(agent)["gen_ai.usage.input_tokens"] == 7
    assert marks(agent)["gen_ai.request.model"] == "m-1"


def test_names_are_those_of_the_pinned_conventions(keeps):
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    held = traces(keeps(EPISODE), arguments=True)
    used = {key for span in spans(held) for key in marks(span) if key.startswith("gen_ai.")}
    assert used <= known
    assert Schemas.V1_41_0.value == SCHEMA
    assert parsed(held).resource_spans[0].schema_url == SCHEMA
    operations = {marks(span)["gen_ai.operation.name"] for span in spans(held)}
    assert operations <= {one.value for one in gen_ai_attributes.GenAiOperationNameValues}


def test_arguments_and_results_are_written_only_where_they_are_asked_for(keeps):
    held = keeps(EPISODE)
    assert "SECRET" not in json.dumps(traces(held))
    assert "HIDDEN" not in json.dumps(traces(held))
    full = marks(spans(traces(held, arguments=True))[1])
    assert json.loads(str(full["gen_ai.tool.call.arguments"])) == {"command": "cat SECRET"}
    assert "HIDDEN" in str(full["gen_ai.tool.call.result"])


@pytest.mark.parametrize("to", ["atif", "openai-messages", "otel"])
def test_the_command_writes_an_object_a_line(command, tmp_path, to):
    chat = [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "Done."}]
    (tmp_path / "a.json").write_text(json.dumps([{"messages": chat}, {"messages": chat}]))
    log = tmp_path / "l.db"
    import_files(log, importer("openai-messages"), [tmp_path / "a.json"])
    done = command("export", "--to", to, "--log", log)
    assert done.exit_code == 0, done.exception
    assert len([json.loads(line) for line in done.output.splitlines()]) == 2
    if to != "otel":
        (tmp_path / "b.jsonl").write_text(done.output)
        assert (
            len(import_files(tmp_path / "m.db", importer(to), [tmp_path / "b.jsonl"]).episodes) == 2
        )


def test_arguments_are_for_otel_alone(command):
    done = command("export", "--to", "atif", "--arguments")
    assert done.exit_code != 0
    assert "--arguments is for otel" in str(done.exception)
