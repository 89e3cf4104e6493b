import os
from pathlib import Path

import pytest

from tenter.errors import ManifestError, NoManifests, RenderError, SourceError
from tenter.sources import DirectoryOptions, Loaded, LocalSource, SourceOptions, load


def config_map(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def load_path(path: Path, **options: bool | tuple[str, ...]) -> Loaded:
    directory = DirectoryOptions(**options)  # type: ignore[arg-type]
    return await load(LocalSource(path=str(path), options=SourceOptions(directory=directory)))


def names(loaded: Loaded) -> list[str]:
    return [document.manifest["metadata"]["name"] for document in loaded.documents]


async def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, c_yaml=config_map("c"), a_yml=config_map("a"), notes_txt="no manifest")
    (tmp_path / "b.json").write_text(
        '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}}'
    )
    assert names(await load_path(tmp_path)) == ["a", "b", "c"]


async def test_an_origin_starts_as_the_user_gave_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, shop__a_yaml=config_map("a"))
    monkeypatch.chdir(tmp_path)
    for path, file in (("shop", "shop/a.yaml"), ("./shop/", "./shop/a.yaml")):
        loaded = await load(LocalSource(path=path))
        assert loaded.documents[0].origin.file == file
    monkeypatch.chdir(tmp_path / "shop")
    assert (await load(LocalSource(path="."))).documents[0].origin.file == "a.yaml"


async def test_a_single_file_of_any_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "app").write_text(config_map("a"))
    loaded = await load_path(tmp_path / "app")
    assert names(loaded) == ["a"]
    assert loaded.documents[0].origin.file == str(tmp_path / "app")


async def test_sub_directories_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=config_map("a"), sub__b_yaml=config_map("b"))
    assert names(await load_path(tmp_path)) == ["a"]
    assert names(await load_path(tmp_path, recurse=True)) == ["a", "b"]


async def test_manifests_only_in_sub_directories_are_pointed_out(tmp_path: Path) -> None:
    write(tmp_path, sub__b_yaml=config_map("b"))
    with pytest.raises(NoManifests, match=r"sub/b\.yaml\), which are read only with recurse"):
        await load_path(tmp_path)


async def test_the_git_directory_is_no_sub_directory(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=config_map("a"))
    (tmp_path / "sub" / ".git").mkdir(parents=True)
    (tmp_path / "sub" / ".git" / "b.yaml").write_text(config_map("b"))
    assert names(await load_path(tmp_path, recurse=True)) == ["a"]


async def test_include_and_exclude_choose_files_and_exclude_wins(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=config_map("a"), b_yaml=config_map("b"), c_yml=config_map("c"))
    loaded = await load_path(tmp_path, include=("*.yaml",), exclude=("{b,x}.yaml",))
    assert names(loaded) == ["a"]


async def test_nothing_left_by_include_and_exclude_is_told(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=config_map("a"))
    with pytest.raises(NoManifests, match="include and exclude leave out"):
        await load_path(tmp_path, exclude=("*",))


async def test_an_empty_directory_has_no_manifests(tmp_path: Path) -> None:
    with pytest.raises(NoManifests, match=r"holds no \*\.yaml"):
        await load_path(tmp_path)


async def test_a_file_of_empty_documents_has_no_manifests(tmp_path: Path) -> None:
    write(tmp_path, a_yaml="---\n# nothing\n---\n")
    with pytest.raises(NoManifests, match=r"a\.yaml: holds no manifests"):
        await load_path(tmp_path / "a.yaml")


async def test_yaml_of_another_kind_is_left_out_with_a_notice(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=config_map("a"), values_yaml="replicas: 3\n", c_yaml="# nothing\n")
    loaded = await load_path(tmp_path)
    assert names(loaded) == ["a"]
    (notice,) = loaded.notices
    assert "values.yaml" in str(notice)


async def test_nothing_but_yaml_of_another_kind_is_no_manifests(tmp_path: Path) -> None:
    write(tmp_path, values_yaml="replicas: 3\n")
    with pytest.raises(NoManifests, match=r"values\.yaml: left out"):
        await load_path(tmp_path)


async def test_a_named_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    write(tmp_path, values_yaml="replicas: 3\n")
    with pytest.raises(ManifestError, match="apiVersion is missing"):
        await load_path(tmp_path / "values.yaml")


async def test_a_manifest_without_a_kind_is_refused_not_left_out(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=config_map("a"), b_yaml="apiVersion: v1\nmetadata: {name: b}\n")
    with pytest.raises(ManifestError, match="kind is missing"):
        await load_path(tmp_path)


async def test_argo_cds_skip_mark_is_obeyed_with_a_notice(tmp_path: Path) -> None:
    marked = "# +argocd:skip-file-rendering\n" + config_map("b")
    write(tmp_path, a_yaml=config_map("a"), b_yaml=marked)
    loaded = await load_path(tmp_path)
    assert names(loaded) == ["a"]
    assert "skip-file-rendering" in str(loaded.notices[0])


async def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"apiVersion: v1\nkind: A\n# caf\xe9\n")
    with pytest.raises(ManifestError, match=r"a\.yaml:3: not UTF-8 text: byte 0xe9"):
        await load_path(tmp_path)


async def test_a_git_lfs_pointer_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a_yaml="version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n")
    with pytest.raises(RenderError, match="LFS"):
        await load_path(tmp_path)


@pytest.mark.parametrize(
    ("file", "renderer"),
    [
        ("kustomization.yaml", "Kustomize"),
        ("kustomization.yml", "Kustomize"),
        ("Kustomization", "Kustomize"),
        ("Chart.yaml", "Helm"),
    ],
)
async def test_a_chart_or_kustomization_below_is_not_taken_for_manifests(
    tmp_path: Path, file: str, renderer: str
) -> None:
    write(tmp_path, a_yaml=config_map("a"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / file).write_text("")
    with pytest.raises(RenderError, match=f"sub/{file}: its folder is rendered by {renderer}"):
        await load_path(tmp_path, recurse=True)
    assert names(await load_path(tmp_path, recurse=True, exclude=(f"sub/{file}",))) == ["a"]


async def test_a_path_that_is_not_there_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file or directory"):
        await load_path(tmp_path / "nowhere")


async def test_a_link_within_the_directory_is_followed(tmp_path: Path) -> None:
    write(tmp_path, data__a_txt=config_map("a"))
    (tmp_path / "a.yaml").symlink_to("data/a.txt")
    assert names(await load_path(tmp_path)) == ["a"]


async def test_a_link_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    write(tmp_path, secret_yaml=config_map("a"), shop__b_yaml=config_map("b"))
    (tmp_path / "shop" / "a.yaml").symlink_to("../secret.yaml")
    with pytest.raises(SourceError, match=r"a\.yaml is a symbolic link to .*secret\.yaml, outside"):
        await load_path(tmp_path / "shop")


@pytest.mark.parametrize("target", ["nowhere.yaml", "a.yaml"])
async def test_a_link_to_nothing_or_to_itself_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "a.yaml").symlink_to(target)
    with pytest.raises(SourceError, match=r"a\.yaml"):
        await load_path(tmp_path)


async def test_a_linked_directory_is_left_out_with_a_notice(tmp_path: Path) -> None:
    write(tmp_path, real__a_yaml=config_map("a"))
    (tmp_path / "link").symlink_to("real")
    loaded = await load_path(tmp_path, recurse=True)
    assert names(loaded) == ["a"]
    assert "link: left out: a symbolic link to a directory" in str(loaded.notices[0])


async def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    with pytest.raises(SourceError, match="not a regular file"):
        await load_path(tmp_path)


async def test_manifests_are_cleaned_and_the_notice_passed_on(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=config_map("a, uid: '1'"))
    loaded = await load_path(tmp_path)
    assert loaded.documents[0].manifest["metadata"] == {"name": "a"}
    assert "metadata.uid" in str(loaded.notices[0])
