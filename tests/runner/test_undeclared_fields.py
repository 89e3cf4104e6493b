from tenter.runner.undeclared import duplicate_entries, undeclared_fields, without

ONE = (
    "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): "
    ".spec.oops: field not declared in schema"
)
SEVERAL = """failed to create typed patch object (default/web; apps/v1, Kind=Deployment): errors:
  .spec.oops: field not declared in schema
  .spec.template.spec.containers[name="a b"].imagee: field not declared in schema"""


def test_the_one_field_of_a_complaint_is_named() -> None:
    assert undeclared_fields(ONE) == (".spec.oops",)


def test_each_field_of_a_longer_complaint_is_named() -> None:
    assert undeclared_fields(SEVERAL) == (
        ".spec.oops",
        '.spec.template.spec.containers[name="a b"].imagee',
    )


def test_another_message_names_no_field() -> None:
    assert undeclared_fields("the server is tired") == ()


def test_dropping_fields_leaves_the_input_as_it_was() -> None:
    manifest = {
        "spec": {
            "oops": 1,
            "template": {"spec": {"containers": [{"name": "a b", "imagee": "x"}, {"name": "c"}]}},
        }
    }

    cleaned = without(manifest, undeclared_fields(SEVERAL))

    assert cleaned == {
        "spec": {"template": {"spec": {"containers": [{"name": "a b"}, {"name": "c"}]}}}
    }
    assert manifest["spec"]["oops"] == 1


def test_an_item_is_found_by_several_keys_of_which_one_has_its_default() -> None:
    manifest = {"spec": {"ports": [{"port": 80, "x": 1}, {"port": 81, "x": 2}]}}

    cleaned = without(manifest, ('.spec.ports[port=80,protocol="TCP"].x',))

    assert cleaned == {"spec": {"ports": [{"port": 80}, {"port": 81, "x": 2}]}}


def test_an_item_is_found_by_its_index() -> None:
    assert without({"items": [{"a": 1}, {"a": 1}]}, (".items[1].a",)) == {"items": [{"a": 1}, {}]}


def test_a_path_that_leads_nowhere_changes_nothing() -> None:
    assert without({"spec": 3}, (".spec.deep.er", ".none")) == {"spec": 3}


def test_duplicate_entries_of_a_keyed_list_are_recognised() -> None:
    assert duplicate_entries('.spec.env: duplicate entries for key [name="A"]')
