"""Repositories of this machine and fetched ones, made with Git's own program."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from tenter.errors import NoManifests, SourceError
from tenter.sources import (
    DirectoryOptions,
    GitSource,
    LocalSource,
    SourceOptions,
    load,
    resolve,
    source_of,
)
from tenter.sources.io_fetch import fetch_commit, resolve_remote
from tenter.sources.io_git import run_git


def config_map(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"


class Repository:
    """A working tree in which tests commit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        settings = (
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgSign=no",
        )
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=self.path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, **files: str) -> str:
        for name, text in files.items():
            path = self.path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


async def names_at(source: LocalSource | GitSource) -> list[str]:
    return [document.manifest["metadata"]["name"] for document in (await load(source)).documents]


# A path in a working tree


async def test_a_clean_path_has_the_revision_of_its_commit(repository: Repository) -> None:
    commit = repository.commit(shop__a_yaml=config_map("a"))
    (repository.path / "elsewhere.txt").write_text("changed, but not here")
    loaded = await load(LocalSource(path=str(repository.path / "shop")))
    assert loaded.revision == commit
    assert loaded.notices == ()


@pytest.mark.parametrize("file", ["a.yaml", "new.yaml"])
async def test_a_changed_path_has_no_revision_and_says_so(
    repository: Repository, file: str
) -> None:
    repository.commit(a_yaml=config_map("a"))
    (repository.path / file).write_text(config_map("b"))
    loaded = await load(LocalSource(path=str(repository.path)))
    assert loaded.revision == ""
    assert "uncommitted changes" in str(loaded.notices[0])
    assert "b" in [d.manifest["metadata"]["name"] for d in loaded.documents]


async def test_a_deleted_file_is_a_change(repository: Repository) -> None:
    repository.commit(a_yaml=config_map("a"), b_yaml=config_map("b"))
    (repository.path / "b.yaml").unlink()
    assert (await load(LocalSource(path=str(repository.path)))).revision == ""


async def test_a_manifest_that_git_ignores_is_of_no_commit(repository: Repository) -> None:
    repository.commit(a_yaml=config_map("a"), _gitignore="built\n*.log\n")
    (repository.path / "a.log").write_text("")
    assert (await load(LocalSource(path=str(repository.path)))).revision != ""
    (repository.path / "built").mkdir()
    (repository.path / "built" / "b.yaml").write_text(config_map("b"))
    assert (await load(LocalSource(path=str(repository.path / "built")))).revision == ""


async def test_a_repository_without_commits_has_no_revision(repository: Repository) -> None:
    (repository.path / "a.yaml").write_text(config_map("a"))
    loaded = await load(LocalSource(path=str(repository.path)))
    assert (loaded.revision, loaded.notices) == ("", ())


async def test_a_link_may_lead_to_another_directory_of_the_working_tree(
    repository: Repository,
) -> None:
    repository.commit(common__a_yaml=config_map("a"), shop__b_yaml=config_map("b"))
    (repository.path / "shop" / "a.yaml").symlink_to("../common/a.yaml")
    assert await names_at(LocalSource(path=str(repository.path / "shop"))) == ["a", "b"]


async def test_the_monitor_that_a_repository_configures_is_not_run(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit(a_yaml=config_map("a"))
    program = tmp_path / "monitor"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    repository.git("config", "core.fsmonitor", str(program))
    await load(LocalSource(path=str(repository.path)))
    assert not (tmp_path / "ran").exists()


async def test_the_variables_of_a_git_hook_do_not_mislead(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit = repository.commit(a_yaml=config_map("a"))
    other = Repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / "index"))
    assert (await load(LocalSource(path=str(repository.path)))).revision == commit


async def test_without_git_a_path_is_read_without_a_revision(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit(a_yaml=config_map("a"))
    monkeypatch.setenv("PATH", str(tmp_path))
    loaded = await load(LocalSource(path=str(repository.path)))
    assert (len(loaded.documents), loaded.revision) == (1, "")
    assert "git is not installed" in str(loaded.notices[0])
    with pytest.raises(SourceError, match="git is not installed"):
        await load(GitSource(repository=str(repository.path)))


# A revision of a local repository


async def test_a_path_with_a_revision_is_read_as_it_was_committed(repository: Repository) -> None:
    first = repository.commit(shop__a_yaml=config_map("first"))
    repository.commit(shop__a_yaml=config_map("second"))
    (repository.path / "shop" / "a.yaml").write_text(config_map("edited"))
    loaded = await load(LocalSource(path=str(repository.path / "shop"), revision="HEAD~1"))
    assert [d.manifest["metadata"]["name"] for d in loaded.documents] == ["first"]
    assert loaded.revision == first
    assert str(loaded.documents[0].origin).startswith("shop/a.yaml:1")


async def test_a_path_deleted_since_can_be_read_at_its_revision(repository: Repository) -> None:
    first = repository.commit(shop__a_yaml=config_map("a"))
    repository.git("rm", "-rq", "shop")
    repository.commit()
    source = LocalSource(path=str(repository.path / "shop"), revision=first)
    assert await names_at(source) == ["a"]


async def test_a_bare_repository_is_read_at_its_head(
    repository: Repository, tmp_path: Path
) -> None:
    commit = repository.commit(a_yaml=config_map("a"))
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    loaded = await load(LocalSource(path=str(tmp_path / "bare.git")))
    assert loaded.revision == commit
    assert commit[:12] in loaded.origin


async def test_a_path_within_a_repository_may_be_a_file(repository: Repository) -> None:
    repository.commit(shop__a_yaml=config_map("a"), shop__b_yaml=config_map("b"))
    source = GitSource(repository=str(repository.path), path="./shop//b.yaml")
    assert await names_at(source) == ["b"]


async def test_sub_directories_of_a_commit_are_read_when_asked_for(
    repository: Repository,
) -> None:
    repository.commit(shop__b_yaml=config_map("b"), shop__c__d_yaml=config_map("d"))
    source = GitSource(repository=str(repository.path), path="shop")
    assert await names_at(source) == ["b"]
    deep = GitSource(
        repository=str(repository.path),
        path="shop",
        options=SourceOptions(directory=DirectoryOptions(recurse=True)),
    )
    assert await names_at(deep) == ["b", "d"]
    with pytest.raises(NoManifests, match="recurse"):
        await load(GitSource(repository=str(repository.path)))


async def test_names_with_spaces_and_other_scripts_are_read(repository: Repository) -> None:
    (repository.path / "día nueve.yaml").write_text(config_map("a"))
    repository.commit()
    assert await names_at(GitSource(repository=str(repository.path))) == ["a"]


async def test_a_link_of_a_commit_is_followed_within_it(repository: Repository) -> None:
    (repository.path / "shop").mkdir()
    (repository.path / "shop" / "a.yaml").symlink_to("../common/a.yaml")
    repository.commit(common__a_yaml=config_map("a"))
    assert await names_at(GitSource(repository=str(repository.path), path="shop")) == ["a"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd"])
async def test_a_link_out_of_a_commit_is_refused(repository: Repository, target: str) -> None:
    (repository.path / "a.yaml").symlink_to(target)
    repository.commit()
    with pytest.raises(SourceError, match=r"a\.yaml: a symbolic link out of the repository"):
        await load(GitSource(repository=str(repository.path)))


@pytest.mark.parametrize(("target", "words"), [("nowhere", "to nothing"), ("a.yaml", "itself")])
async def test_a_broken_link_of_a_commit_is_refused(
    repository: Repository, target: str, words: str
) -> None:
    (repository.path / "a.yaml").symlink_to(target)
    repository.commit()
    with pytest.raises(SourceError, match=words):
        await load(GitSource(repository=str(repository.path)))


async def test_a_linked_directory_of_a_commit_is_left_out_with_a_notice(
    repository: Repository,
) -> None:
    repository.commit(real__a_yaml=config_map("a"))
    (repository.path / "link").symlink_to("real")
    repository.commit()
    source = GitSource(
        repository=str(repository.path),
        options=SourceOptions(directory=DirectoryOptions(recurse=True)),
    )
    loaded = await load(source)
    assert [d.origin.file for d in loaded.documents] == ["real/a.yaml"]
    assert str(loaded.notices[0]).startswith("link: left out")


async def test_a_submodule_is_left_out_with_a_notice(
    repository: Repository, tmp_path: Path
) -> None:
    commit = Repository(tmp_path / "other").commit(b_yaml=config_map("b"))
    repository.commit(a_yaml=config_map("a"))
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
    repository.git("commit", "--quiet", "--message=x")
    loaded = await load(
        GitSource(
            repository=str(repository.path),
            options=SourceOptions(directory=DirectoryOptions(recurse=True)),
        )
    )
    assert len(loaded.documents) == 1
    assert str(loaded.notices[0]) == "sub: left out: a Git submodule"


async def test_a_filter_that_a_repository_configures_is_not_run(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit(a_yaml=config_map("a"), _gitattributes="*.yaml filter=evil\n")
    repository.git("config", "filter.evil.smudge", f"touch {tmp_path}/ran; cat")
    await load(GitSource(repository=str(repository.path)))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("path", ["..", "shop/../..", "/etc", "a\nb"])
async def test_a_path_that_leaves_the_repository_is_refused(
    repository: Repository, path: str
) -> None:
    repository.commit(a_yaml=config_map("a"))
    with pytest.raises(SourceError, match="the path"):
        await load(GitSource(repository=str(repository.path), path=path))


async def test_a_path_that_is_not_in_the_commit_is_told(repository: Repository) -> None:
    commit = repository.commit(a_yaml=config_map("a"))
    with pytest.raises(SourceError, match=f"nowhere at {commit[:12]}: no such path"):
        await load(GitSource(repository=str(repository.path), path="nowhere"))


# Which commit


async def test_branches_tags_commits_and_ranges_are_resolved(repository: Repository) -> None:
    first = repository.commit(a_yaml=config_map("a"))
    repository.git("tag", "--annotate", "v1.2.0", "--message=x")
    second = repository.commit(a_yaml=config_map("b"))
    repository.git("tag", "v1.3.0")
    repository.git("branch", "old", first)
    expected = {
        "HEAD": second,
        "main": second,
        "old": first,
        "v1.2.0": first,
        "1.2.*": first,
        ">=1.0 <2.0": second,
        first: first,
        first[:7]: first,
    }
    address = str(repository.path)
    assert {revision: await resolve(address, revision) for revision in expected} == expected
    url = f"file://{repository.path}"
    assert {r: await resolve_remote(url, r) for r in expected} == expected


async def test_first_digits_find_a_commit_that_no_branch_points_to(repository: Repository) -> None:
    first = repository.commit(a_yaml=config_map("a"))
    repository.commit(a_yaml=config_map("b"))
    assert await resolve_remote(f"file://{repository.path}", first[:8]) == first


async def test_an_unknown_revision_names_the_branches(repository: Repository) -> None:
    repository.commit(a_yaml=config_map("a"))
    with pytest.raises(SourceError, match=r"'nobody'.*branches are: main"):
        await resolve(str(repository.path), "nobody")
    with pytest.raises(SourceError, match=r"'nobody'.*branches are: main"):
        await resolve_remote(f"file://{repository.path}", "nobody")


async def test_an_unknown_commit_is_told(repository: Repository) -> None:
    repository.commit(a_yaml=config_map("a"))
    for unknown in ("0123456789" * 4, "0123456"):
        with pytest.raises(SourceError, match=unknown):
            await resolve(str(repository.path), unknown)


async def test_a_repository_without_commits_has_no_head(repository: Repository) -> None:
    with pytest.raises(SourceError, match="no commits yet"):
        await resolve(str(repository.path), "HEAD")
    with pytest.raises(SourceError, match="no commits yet"):
        await resolve_remote(f"file://{repository.path}", "HEAD")


async def test_a_revision_that_looks_like_an_option_is_refused(repository: Repository) -> None:
    repository.commit(a_yaml=config_map("a"))
    with pytest.raises(SourceError, match="starts with '-'"):
        await resolve(str(repository.path), "--output=/tmp/x")


async def test_a_directory_that_is_no_repository_has_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="in no Git repository"):
        await load(LocalSource(path=str(tmp_path), revision="main"))
    with pytest.raises(SourceError, match="no Git repository"):
        await load(GitSource(repository=str(tmp_path)))
    with pytest.raises(SourceError, match="no such repository"):
        await load(GitSource(repository=str(tmp_path / "nowhere")))


# Fetching


async def test_a_commit_is_fetched_once_without_its_history(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit(a_yaml=config_map("a"))
    commit = repository.commit(a_yaml=config_map("b"))
    url, cache = f"file://{repository.path}", str(tmp_path / "cache")
    fetched = await fetch_commit(url, commit, cache)
    count = await run_git(
        [f"--git-dir={fetched.git_directory}", "rev-list", "--count", "--all"], what="count"
    )
    assert count.strip() == b"1"
    repository.path.rename(tmp_path / "away")
    assert await fetch_commit(url, commit, cache) == fetched


async def test_a_remote_repository_is_loaded_at_its_revision(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repository.commit(shop__a_yaml=config_map("first"))
    repository.git("tag", "v1.0.0")
    repository.commit(shop__a_yaml=config_map("second"))
    # In place of ssh: run the command that would go to the server, which is ssh's last argument.
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nfor command; do :; done\nexec sh -c "$command"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    source = GitSource(repository=f"ssh://host{repository.path}", revision="1.*", path="shop")
    loaded = await load(source, cache=str(tmp_path / "cache"))
    assert [d.manifest["metadata"]["name"] for d in loaded.documents] == ["first"]
    assert loaded.revision == first
    assert loaded.origin == f"ssh://host{repository.path} at 1.*, {first[:12]}, path shop"


async def test_an_old_server_that_gives_only_refs_is_fetched_whole(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repository.commit(a_yaml=config_map("a"))
    repository.commit(a_yaml=config_map("b"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.version")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "0")
    fetched = await fetch_commit(f"file://{repository.path}", first, str(tmp_path / "cache"))
    content = await run_git(
        [f"--git-dir={fetched.git_directory}", "show", f"{first}:a.yaml"], what="show"
    )
    assert content.decode() == config_map("a")


async def test_two_fetches_at_once_leave_one_whole_repository(
    repository: Repository, tmp_path: Path
) -> None:
    commit = repository.commit(a_yaml=config_map("a"))
    url, cache = f"file://{repository.path}", tmp_path / "cache"
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(fetch_commit(url, commit, str(cache)))
    (shelf,) = (cache / "git").iterdir()
    assert [place.name for place in shelf.iterdir()] == [commit]


async def test_the_cache_keeps_the_last_few_commits(repository: Repository, tmp_path: Path) -> None:
    url, cache = f"file://{repository.path}", tmp_path / "cache"
    for number in range(7):
        commit = repository.commit(a_yaml=config_map(f"a{number}"))
        await fetch_commit(url, commit, str(cache))
    (shelf,) = (cache / "git").iterdir()
    kept = {place.name for place in shelf.iterdir()}
    assert len(kept) == 5
    assert commit in kept


async def test_a_commit_that_the_server_lacks_is_told_and_leaves_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit(a_yaml=config_map("a"))
    with pytest.raises(SourceError, match="cannot fetch 012345678901"):
        await fetch_commit(f"file://{repository.path}", "0123456789" * 4, str(tmp_path / "cache"))
    (shelf,) = (tmp_path / "cache" / "git").iterdir()
    assert list(shelf.iterdir()) == []


async def test_a_repository_that_is_not_there_is_told_in_gits_words(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read the repository .*does not (appear|exist)"):
        await resolve_remote(f"file://{tmp_path}/nowhere", "HEAD")


async def test_another_protocol_than_the_addresss_own_is_not_used(repository: Repository) -> None:
    repository.commit(a_yaml=config_map("a"))
    with pytest.raises(SourceError, match="not allowed"):
        await run_git(
            ["ls-remote", f"file://{repository.path}"], what="list", protocols="https:ssh"
        )


async def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    hang = ["-c", f"alias.hang=!sleep 600 > {fifo} & wait", "hang"]
    reader = asyncio.create_task(asyncio.to_thread(fifo.read_bytes))
    with pytest.raises(SourceError, match=r"took longer than 0\.5 s"):
        await run_git(hang, what="hang", time_limit=0.5)
    # The pipe ends only when no process holds it any more.
    async with asyncio.timeout(10):
        assert await reader == b""


# What a user means


@pytest.mark.parametrize(
    ("address", "path", "expected"),
    [
        ("shop", "", LocalSource(path="shop", revision="main")),
        ("shop", "a", GitSource(repository="shop", revision="main", path="a")),
        ("https://e.com/x", "", GitSource(repository="https://e.com/x", revision="main")),
        ("git@e.com:x", "a", GitSource(repository="git@e.com:x", revision="main", path="a")),
    ],
)
def test_an_address_is_a_path_or_a_repository(
    address: str, path: str, expected: LocalSource | GitSource
) -> None:
    assert source_of(address, revision="main", path=path) == expected


def test_an_existing_path_that_looks_like_an_address_is_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "host:dir").mkdir()
    assert source_of("host:dir") == LocalSource(path="host:dir")
