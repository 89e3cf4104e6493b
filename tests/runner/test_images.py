from tenter.runner.images import images_of


def test_a_deployments_images_are_listed_once_init_containers_first() -> None:
    deployment = {
        "kind": "Deployment",
        "spec": {
            "template": {
                "spec": {
                    "containers": [{"image": "web:1"}, {"image": "side:2"}, {"image": "web:1"}],
                    "initContainers": [{"image": "prepare:3"}],
                }
            }
        },
    }

    assert images_of(deployment) == ("prepare:3", "web:1", "side:2")


def test_a_cron_jobs_images_lie_deeper() -> None:
    job = {"spec": {"template": {"spec": {"containers": [{"image": "tick:1"}]}}}}

    assert images_of({"kind": "CronJob", "spec": {"jobTemplate": job}}) == ("tick:1",)


def test_an_object_of_another_shape_has_no_images() -> None:
    assert images_of({"kind": "Odd", "spec": {"containers": "none", "template": [1]}}) == ()
