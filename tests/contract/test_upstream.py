"""What the parts of the local cloud still lack.

Each test states a gap of a part as it comes, and names the module that fixes it. When one fails,
the part has closed the gap: take that piece of the module out.
"""

import inspect
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_durable_execution_sdk_python import state
from aws_durable_execution_sdk_python.lambda_service import (
    CallbackOptions,
    ErrorObject,
    OperationAction,
    OperationType,
    OperationUpdate,
    StepOptions,
)
from aws_durable_execution_sdk_python_testing import executor
from aws_durable_execution_sdk_python_testing.checkpoint.core import CheckpointCore
from aws_durable_execution_sdk_python_testing.checkpoint.transformer import (
    CheckpointRequestDispatcher,
)
from aws_durable_execution_sdk_python_testing.checkpoint.validators import checkpoint
from aws_durable_execution_sdk_python_testing.child_dispatcher import (
    ChainedInvokeRequest,
    EndpointChildDispatcher,
    FunctionConfig,
    FunctionConfigs,
    StartChild,
)
from aws_durable_execution_sdk_python_testing.clock import SkipClock
from aws_durable_execution_sdk_python_testing.exceptions import CallbackTimeoutException
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from aws_durable_execution_sdk_python_testing.scheduler import Scheduler
from aws_durable_execution_sdk_python_testing.stores.memory import InMemoryExecutionStore
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore
from aws_durable_execution_sdk_python_testing.web.routes import Router

from workshop.paths import HOME

NOW = datetime(2026, 1, 1, tzinfo=UTC)
START = StartDurableExecutionInput("000000000000", "f", "1", "name", 900, 1, "an-id", input="{}")


@pytest.fixture
def execution():
    made = Execution.new(START)
    made.start(now=NOW)
    return made


@pytest.fixture
def history(execution):
    """The events that the emulator makes of some updates, by type."""
    store = InMemoryExecutionStore()
    with Scheduler() as scheduler:
        nothing: Any = None  # events are made without an invoker and a processor
        executor = Executor(store, scheduler, nothing, nothing)

        def of(*updates):
            for each in updates:
                apply(execution, each)
            store.save(execution)
            found = executor.get_execution_history(execution.durable_execution_arn, True)
            return {event.event_type: event for event in found.events}

        yield of
        executor.shutdown()
    scheduler._loop.close()  # which the emulator leaves open


def apply(execution, update):
    dispatcher = CheckpointRequestDispatcher()
    CheckpointCore.apply(execution, "a-token", [update], None, dispatcher, NOW)


def update(kind, action, **fields):
    return OperationUpdate("op", OperationType[kind], OperationAction[action], **fields)


def test_names_of_executions_are_opaque(execution):
    """Fixed by durable/arns.py."""
    assert not execution.durable_execution_arn.startswith("arn:")


def test_the_details_of_invocations_are_lost(execution, history):
    """Fixed by durable/history.py, as are the next ones."""
    execution.record_invocation_completion(NOW, NOW, "a-request")
    assert history()["InvocationCompleted"].invocation_completed_details is None


def test_retry_details_of_successes_are_lost(history):
    events = history(update("STEP", "START"), update("STEP", "SUCCEED", payload="1"))
    assert events["StepSucceeded"].step_succeeded_details.retry_details is None


def test_timeouts_of_callbacks_are_lost(history):
    events = history(update("CALLBACK", "START", callback_options=CallbackOptions(60)))
    assert events["CallbackStarted"].callback_started_details.timeout is None


def test_payloads_of_retried_conditions_are_lost(history):
    again = update("STEP", "RETRY", payload="1", step_options=StepOptions(60))
    events = history(update("STEP", "START"), again)
    assert events["StepSucceeded"].step_succeeded_details.result.payload is None


def test_a_crashed_invocation_leaves_no_trace():
    """Fixed by durable/executor.py, as is the next one."""
    assert "record_invocation_completion" not in inspect.getsource(Executor._retry_after_error)


def test_a_crash_is_retried_at_a_fixed_rate_a_fixed_number_of_times():
    assert (Executor.RETRY_BACKOFF_SECONDS, Executor.MAX_CONSECUTIVE_FAILED_ATTEMPTS) == (5, 5)


def test_nothing_resumes_after_a_restart():
    """Fixed by durable/executor.py."""
    assert "list_all" not in inspect.getsource(Executor)


def test_the_skip_clock_is_one_for_all():
    """Fixed by durable/clock.py."""
    clock = SkipClock()
    clock.arm(clock.now() + timedelta(days=30))
    assert clock.now() > datetime.now(UTC) + timedelta(days=29)


def test_timeouts_take_real_time_whatever_the_clock():
    """Fixed by durable/alarms.py."""
    assert "_clock.arm" not in inspect.getsource(Executor._schedule_callback_timeouts)
    assert "_clock.arm" not in inspect.getsource(Executor._launch_execution)


def test_every_read_parses_the_whole_execution(execution, tmp_path):
    """Fixed by durable/store.py."""
    store = SQLiteExecutionStore.create_and_initialize(tmp_path / "executions.sqlite")
    store.save(execution)
    arn = execution.durable_execution_arn
    assert store.load(arn) is not store.load(arn)


def test_errors_are_refused_beyond_32_768_bytes():
    """Fixed by durable/limits.py, as are the next ones."""
    assert "MAX_ERROR_PAYLOAD_SIZE_BYTES = 32768" in inspect.getsource(checkpoint)


@pytest.mark.parametrize(
    "unlimited",
    [
        update("STEP", "SUCCEED", payload="x" * 7_000_000),
        update("STEP", "START", name="x" * 257),
    ],
    ids=["payload", "name"],
)
def test_sizes_and_names_are_not_checked(execution, unlimited):
    checkpoint.CheckpointValidator.validate_input([unlimited], execution)


def test_the_number_of_operations_is_not_limited(execution):
    steps = [replace(update("STEP", "START"), operation_id=str(n)) for n in range(3001)]
    checkpoint.CheckpointValidator.validate_input(steps, execution)


def test_a_closed_callback_answers_the_wrong_status():
    """Fixed by lambda_api/executions.py; the service model says 400."""
    assert CallbackTimeoutException.http_status_code == 408


def test_executions_cannot_be_deleted():
    """Fixed by lambda_api/executions.py."""
    with pytest.raises(Exception, match="Unknown path"):
        Router().find_route("/2025-12-01/durable-executions/an-arn", "DELETE")


def test_a_child_has_another_name_at_every_attempt_and_an_alias_for_a_version():
    """Fixed by durable/children.py."""
    configs = FunctionConfigs({"f": FunctionConfig(True)})
    dispatcher = EndpointChildDispatcher(configs, lambda _: None, 900)
    request = ChainedInvokeRequest("a-parent", "op", "f", None, "{}", "0", qualifier="live")
    starts = [dispatcher.dispatch(request) for _ in range(2)]
    first, second = (each.child_start for each in starts if isinstance(each, StartChild))
    assert first.execution_name != second.execution_name
    assert first.function_qualifier == "live"


def test_the_type_of_a_function_error_is_lost():
    """Fixed by durable/invoker.py."""
    error = ErrorObject.from_exception(RuntimeError('{"errorType": "Runtime.ExitError"}'))
    assert error.type == "RuntimeError"


def test_ministack_lets_nobody_announce_the_status_of_an_execution(target):
    """Fixed by ministack_patches/status_events.py, for that one kind of event."""
    answer = target.client("events").put_events(
        Entries=[{"Source": "aws.lambda", "DetailType": "Another Kind", "Detail": "{}"}]
    )
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_ministacks_cloudformation_leaves_durable_config_out():
    """Fixed by ministack_patches/durable_config.py."""
    provisioners = ministack("services/cloudformation/provisioners.py")
    assert '"DurableConfig":' not in provisioners
    assert "a DurableConfig change re-provisions under the same name" in provisioners


def test_ministack_asks_for_the_right_to_a_function_whatever_its_qualifier():
    """Fixed by ministack_patches/qualifiers.py."""
    assert "Qualifier" not in ministack("core/iam_actions.py")


def test_ministack_unpacks_layers_for_every_worker():
    """Fixed by ministack_patches/layers.py."""
    assert "lzf.extractall(layer_dir)" in ministack("core/lambda_runtime.py")


def test_ministack_accepts_layers_that_it_does_not_have():
    """Fixed by ministack_patches/layers.py."""
    assert "the layer will not run" in ministack("services/lambda_svc.py")


def test_ministack_knows_no_layer_by_its_arn_when_it_lists_its_versions():
    """Fixed by ministack_patches/layers.py."""
    listing = "def _list_layer_versions(layer_name: str, query_params: dict):\n"
    assert f"{listing}    layer = _layers.get(layer_name)\n" in ministack("services/lambda_svc.py")


def test_ministack_expands_no_sam_resources_of_a_nested_stack():
    """Fixed by ministack_patches/nested_stacks.py."""
    source = ministack("services/cloudformation/provisioners.py")
    assert "template = _parse_template(template_body)\n    _check_nested_stack_cap" in source
    assert "_apply_transforms" not in source


def test_ministack_tells_no_function_its_log_format():
    """Fixed by ministack_patches/function_environment.py."""
    assert "AWS_LAMBDA_LOG_FORMAT" not in ministack("core/lambda_runtime.py")


def test_ministack_runs_python_functions_among_its_own_packages():
    """Fixed by ministack_patches/python_worker.py, as are the next two."""
    assert "return sys.executable, _PYTHON_WORKER_SCRIPT" in ministack("core/lambda_runtime.py")


def test_ministack_collects_the_log_of_an_invocation_for_a_fixed_time():
    assert "first_line_wait: float = 0.050" in ministack("core/lambda_runtime.py")


def test_ministack_waits_without_end_for_a_function_to_be_loaded():
    assert "for _ in range(200):\n            response_line = self._proc" in ministack(
        "core/lambda_runtime.py"
    )


def test_ministack_gives_every_error_of_a_function_one_type():
    """Fixed by ministack_patches/invocations.py, as are the next two."""
    assert 'error_type = "Runtime.HandlerError"' in ministack("services/lambda_svc.py")


def test_ministack_ends_all_workers_of_a_function_when_one_cannot_start():
    source = ministack("services/lambda_svc.py")
    assert "worker = None  # invalidate_worker already dropped it from the pool" in source


def test_ministack_may_make_a_log_group_twice():
    source = ministack("services/lambda_svc.py")
    assert "if group_name not in _cwl._log_groups:" in source
    assert "_log_groups_lock" not in source


def test_ministack_never_ends_the_first_worker_of_a_function():
    """Fixed by ministack_patches/workers.py."""
    assert "(i == 0 and not snapstart_version)" in ministack("core/lambda_runtime.py")


def test_ministacks_cloudformation_ends_no_worker_of_a_function_that_it_deletes():
    """Fixed by ministack_patches/workers.py."""
    source = ministack("services/cloudformation/provisioners.py")
    deletion = source.partition("def _lambda_delete(")[2].partition("\ndef ")[0]
    assert deletion
    assert "invalidate_worker" not in deletion


def test_ministack_saves_its_state_only_when_it_is_stopped():
    """Fixed by ministack_patches/saving.py, as is the next."""
    assert ministack("app.py").count("save_all(") == 1


def test_ministack_writes_its_state_value_by_value():
    assert "json.dump(\n" in ministack("core/persistence.py")
    assert "copy.deepcopy(\n            {k: v for k, v in table.items()" in ministack(
        "services/dynamodb.py"
    )


def test_ministack_takes_keys_that_anybody_knows_for_the_owners():
    """Fixed by the gate, and in ministack_patches/callers.py."""
    assert 'access_key_id == "test"' in ministack("core/iam_evaluator.py")


def test_ministack_derives_the_secret_of_a_function_from_its_arn():
    """Fixed by ministack_patches/callers.py."""
    assert 'sha256(f"secret:{digest}".encode())' in ministack("core/lambda_runtime.py")


def test_ministack_hands_its_own_environment_on_to_functions():
    """Fixed by ministack_patches/function_environment.py."""
    assert "spawn_env = {**os.environ, **env_vars}" in ministack("core/lambda_runtime.py")


def test_ministack_signs_none_of_the_links_that_it_gives_out():
    """Fixed by ministack_patches/links.py."""
    assert "X-Amz-Signature=ministack-local-presigned" in ministack("services/lambda_svc.py")
    assert "presign" not in ministack("services/cloudformation/custom_resource.py")


def test_ministack_forgets_what_its_schedules_have_fired():
    """Fixed by ministack_patches/schedules.py, with schedule_times.py."""
    source = ministack("services/scheduler.py")
    assert "_schedule_last_fired: dict = {}  # (account_id, region" in source
    assert "_at_time_epoch(expr)" in source  # without the time zone


def test_ministack_drops_properties_of_schedules_and_dead_letters():
    """Fixed by ministack_patches/event_resources.py."""
    source = ministack("services/cloudformation/provisioners.py")
    assert "ScheduleExpressionTimezone" not in source
    assert "DeadLetterConfig" not in source


def test_ministack_drops_the_outcome_of_what_events_invoke():
    """Fixed by ministack_patches/event_targets.py and front.py."""
    source = ministack("services/eventbridge.py")
    assert "target=lambda_svc._execute_function_with_config_scope" in source


def test_ministack_sends_one_thing_for_failures_and_none_for_successes():
    """Fixed by ministack_patches/asynchronous.py and destinations.py."""
    source = ministack("services/lambda_svc.py")
    assert '"approximateInvokeCount": 3' in source
    assert '.get("OnSuccess"' not in source


def test_ministack_maps_event_sources_without_asking_for_a_permission():
    """Fixed by ministack_patches/event_mappings.py."""
    assert "does not have permissions to call" not in ministack("services/lambda_svc.py")


def test_ministack_bisects_no_batch_and_polls_in_one_thread():
    """Fixed by ministack_patches/stream_batches.py."""
    source = ministack("services/lambda_svc.py")
    assert source.count("BisectBatchOnFunctionError") == 2  # it is stored only
    assert "processed = _poll_sqs() or processed" in source


def test_the_emulator_has_no_dead_letters():
    """Fixed by durable/dead_letters.py."""
    assert "DeadLetter" not in inspect.getsource(executor)


def test_the_sdk_may_notice_the_end_of_a_run_a_tenth_of_a_second_late():
    """Fixed, only in checks, by exercises/check_runner.py."""
    assert state._STOP_SIGNAL_POLL_SECONDS == 0.1


def test_ministack_starts_no_executions_of_the_durable_functions_that_its_services_call():
    """Fixed by ministack_patches/durable_starts.py."""
    source = ministack("services/lambda_svc.py")
    dispatch = source[source.index("def _execute_function(") :]
    assert "DurableConfig" not in dispatch[: dispatch.index("def _execute_function_local")]


def test_ministack_maps_no_request_of_a_custom_integration():
    """Fixed by ministack_patches/custom_integrations.py and mapping_templates.py."""
    source = ministack("services/apigateway_v1.py")
    custom = source[source.index("async def _invoke_lambda_custom_v1") :]
    assert (
        "requestTemplates" not in custom[: custom.index("async def _invoke_sqs_v1")].split('"""')[2]
    )
    assert "#foreach" not in source


def test_ministack_tells_clients_of_an_api_the_errors_of_functions():
    """Fixed by ministack_patches/api_errors.py."""
    source = ministack("services/lambda_svc.py")
    assert (
        "payload = json.dumps(err_body) if isinstance(err_body, dict) else str(err_body)" in source
    )


def test_ministack_imports_only_a_part_of_an_openapi_document():
    """Fixed by ministack_patches/openapi.py and http_apis.py."""
    source = ministack("services/apigateway_v1.py")
    operation = source[source.index("def _import_operation(") :]
    assert "requestTemplates" not in operation[: operation.index("def _schema_ref")]
    source = ministack("services/cloudformation/provisioners.py")
    http_api = source[source.index("def _apigw_v2_api_create(") :]
    assert '"Body"' not in http_api[: http_api.index("def _apigw_v2_api_delete")]


def test_ministack_creates_no_request_validators_of_a_template():
    """Fixed by ministack_patches/request_validators.py."""
    source = ministack("services/cloudformation/provisioners.py")
    validator = source[source.index("def _apigw_request_validator_create(") :]
    assert "_apigw_v1" not in validator[: validator.index("def _apigw_documentation")]


def test_ministack_authorizes_a_request_that_no_method_takes():
    """Fixed by ministack_patches/unknown_addresses.py."""
    source = ministack("services/apigateway_v1.py")
    kind = source[source.index("def method_authorization_type(") :]
    assert '"NONE").upper() if method_obj else None' in kind[: kind.index("def _arn_matches")]


def test_the_library_for_velocity_negates_nothing_that_is_missing():
    """Fixed by ministack_patches/mapping_templates.py."""
    negation = "if calculated_value is None:\n            return False"
    assert negation in ministack("operators.py", package="airspeed")


def ministack(file: str, package: str = "ministack") -> str:
    """The source of a file of ministack, or of another package of its environment."""
    folder = next((HOME / "envs" / "ministack").rglob(f"site-packages/{package}"))
    return (folder / file).read_text(encoding="utf-8")
