from tests.kube.test_narrowing import Guarded, unnamed
from tests.runner.ground import Ground, config

from tenter.engine import OperationPhase
from tenter.runner.progress import Warned


async def test_credentials_that_may_list_nothing_can_still_sync_what_they_may_see(
    ground: Ground,
) -> None:
    transport = Guarded(ground.cluster.transport(), unnamed)

    record = await ground.run(config("a") + config("b"), transport=transport)

    assert record.phase is OperationPhase.SUCCEEDED, record.message
    (warned,) = ground.events(Warned)
    assert "configmaps may not be listed in namespace default" in warned.message
