from tests.runner.ground import Ground, config, job, messages

from tenter.embedded import Denial
from tenter.engine import OperationPhase
from tenter.runner.progress import Warned

UNKNOWN = "apiVersion: example.com/v1\nkind: Ship\nmetadata: {name: argo}\n---\n"


async def test_a_missing_right_fails_before_anything_is_applied(ground: Ground) -> None:
    ground.cluster.access.denials.append(Denial(verb="create", resource="secrets"))
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\n---\n"

    record = await ground.run(config("settings") + secret)

    assert record.phase is OperationPhase.FAILED
    assert "may not create secrets in namespace default" in messages(record)["key"]
    assert not await ground.exists("ConfigMap", "settings")


async def test_a_kind_that_nobody_serves_fails_before_anything_is_applied(ground: Ground) -> None:
    record = await ground.run(config("settings") + UNKNOWN)

    assert record.phase is OperationPhase.FAILED
    assert "does not serve example.com/v1/Ship" in record.message
    assert not await ground.exists("ConfigMap", "settings")


async def test_a_missing_kind_may_be_skipped_in_the_check(ground: Ground) -> None:
    record = await ground.run(config("settings") + UNKNOWN, "SkipDryRunOnMissingResource=true")

    assert await ground.exists("ConfigMap", "settings")
    assert record.phase is OperationPhase.FAILED
    assert "Ship" in " ".join(event.message for event in ground.events(Warned))


async def test_without_the_servers_check_what_can_be_applied_is(ground: Ground) -> None:
    broken = config("broken").replace("\ndata:", "\ndada:")

    record = await ground.run(config("settings") + broken, "Preflight=client")

    assert record.phase is OperationPhase.FAILED
    assert await ground.exists("ConfigMap", "settings")


async def test_no_check_at_all_may_be_asked_for(ground: Ground) -> None:
    record = await ground.run(config("settings"), "Preflight=none")

    assert record.phase is OperationPhase.SUCCEEDED
    assert record.checked is False


async def test_a_failed_check_runs_the_sync_fail_hooks(ground: Ground) -> None:
    broken = config("broken").replace("\ndata:", "\ndada:")

    record = await ground.run(broken + job("mend", hook="SyncFail"))

    assert record.phase is OperationPhase.FAILED
    assert await ground.exists("Job", "mend", "batch")


async def test_an_object_in_a_namespace_of_this_sync_is_no_error(ground: Ground) -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n---\n"
    there = config("settings").replace("{name: settings,", "{name: settings, namespace: fresh,")

    record = await ground.run(namespace + there)

    assert record.phase is OperationPhase.SUCCEEDED, record.message


async def test_an_object_in_a_namespace_that_is_not_there_fails(ground: Ground) -> None:
    there = config("there").replace("{name: there,", "{name: there, namespace: nowhere,")

    record = await ground.run(config("settings") + there)

    assert record.phase is OperationPhase.FAILED
    assert 'namespaces "nowhere" not found' in record.message
    assert not await ground.exists("ConfigMap", "settings")


async def test_a_duplicate_entry_is_named_with_what_to_do(ground: Ground) -> None:
    text = job("load").replace(
        "image: busybox}",
        "image: busybox, env: [{name: A, value: '1'}, {name: A, value: '2'}]}",
    )

    record = await ground.run(text)

    assert record.phase is OperationPhase.FAILED
    assert "a key of its own" in record.message
