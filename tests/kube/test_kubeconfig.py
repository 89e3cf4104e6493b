import base64
import os
from pathlib import Path

import pytest

from tenter.errors import KubeconfigError
from tenter.kube.io_kubeconfig import find_connection
from tenter.kube.kubeconfig import Connection, connection, merge

BOTH = """
apiVersion: v1
kind: Config
current-context: stage
clusters:
- name: stage
  cluster:
    server: https://stage.example:6443/
    certificate-authority: ca/stage.crt
    tls-server-name: api.stage
- name: live
  cluster:
    server: https://live.example
    insecure-skip-tls-verify: true
    proxy-url: http://proxy.example:3128
contexts:
- name: stage
  context: {cluster: stage, user: ann, namespace: shop}
- name: live
  context: {cluster: live, user: bob}
users:
- name: ann
  user:
    token: 0123456789
- name: bob
  user:
    username: bob
    password: yes
"""


def chosen(text: str, context: str | None = None) -> Connection:
    return connection(merge([("/home/ann/.kube/config", text)]), context)


def one_user(user: str, cluster: str = "server: https://x.example") -> str:
    return f"""
current-context: c
clusters: [{{name: c, cluster: {{{cluster}}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
users:
- name: u
  user: {user}
"""


def test_the_current_context_is_chosen() -> None:
    found = chosen(BOTH)
    assert found.server == "https://stage.example:6443"
    assert (found.context, found.namespace) == ("stage", "shop")
    assert found.tls_server_name == "api.stage"


def test_a_named_context_goes_before_the_current_one() -> None:
    found = chosen(BOTH, "live")
    assert (found.server, found.insecure) == ("https://live.example", True)
    assert found.proxy == "http://proxy.example:3128"
    assert found.namespace == "default"


def test_a_token_of_digits_stays_the_text_it_is() -> None:
    assert chosen(BOTH).user.token == "0123456789"


def test_a_token_that_yaml_takes_for_a_boolean_stays_the_text_it_is() -> None:
    assert chosen(one_user("{token: true}")).user.token == "true"


def test_a_password_that_yaml_takes_for_a_boolean_stays_the_text_it_is() -> None:
    assert chosen(BOTH, "live").user.password == "yes"


def test_files_are_found_beside_the_kubeconfig_that_names_them() -> None:
    assert chosen(BOTH).ca_file == "/home/ann/.kube/ca/stage.crt"
    user = chosen(one_user("{tokenFile: token, client-key: /abs/key}")).user
    assert (user.token_file, user.client_key) == ("/home/ann/.kube/token", "/abs/key")


def test_fields_without_a_value_count_as_missing() -> None:
    user = chosen(one_user("{token: abc, client-key-data: null, tokenFile: }")).user
    assert (user.token, user.client_key_data, user.token_file) == ("abc", "", "")


def test_inline_authorities_are_decoded() -> None:
    data = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()
    text = one_user("{}", f"server: https://x, certificate-authority-data: {data}")
    assert chosen(text).ca_data == "-----BEGIN CERTIFICATE-----"


def test_inline_authorities_that_are_not_base64_are_refused() -> None:
    text = one_user("{}", "server: https://x, certificate-authority-data: '-----BEGIN'")
    with pytest.raises(KubeconfigError, match="certificate-authority-data of cluster c"):
        chosen(text)


def test_of_entries_with_one_name_the_first_files_wins() -> None:
    first = "clusters: [{name: stage, cluster: {server: 'https://first'}}]"
    found = connection(merge([("/a/one", first), ("/b/two", BOTH)]))
    assert found.server == "https://first"
    assert found.user.token == "0123456789"


def test_of_current_contexts_the_first_files_wins() -> None:
    found = connection(merge([("/a/one", "current-context: live"), ("/b/two", BOTH)]))
    assert found.context == "live"


def test_files_named_in_a_merged_file_are_found_beside_that_one() -> None:
    other = "clusters: [{name: x, cluster: {certificate-authority: ca}}]"
    merged = merge([("/a/one", other), ("/b/two", BOTH)])
    assert merged.clusters["x"].certificate_authority == "/a/ca"
    assert merged.clusters["stage"].certificate_authority == "/b/ca/stage.crt"


@pytest.mark.parametrize(
    ("cluster", "server"),
    [
        ("server: 'localhost:8080'", "http://localhost:8080"),
        ("server: 'x:6443', insecure-skip-tls-verify: true", "https://x:6443"),
    ],
)
def test_a_server_without_a_scheme_is_secure_where_tls_is_spoken_of(
    cluster: str, server: str
) -> None:
    assert chosen(one_user("{}", cluster)).server == server


def test_an_exec_plugin_is_read_whole() -> None:
    plugin = """
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [get, --token, 1]
      env: [{name: REGION, value: eu}]
      interactiveMode: Never
      provideClusterInfo: true
      installHint: install it"""
    found = chosen(one_user(plugin)).user.exec
    assert found is not None
    assert found.command == "/home/ann/.kube/./bin/login"
    assert found.args == ["get", "--token", "1"]
    assert found.variables == {"REGION": "eu"}
    assert found.provide_cluster_info


def test_a_plugin_with_a_bare_name_is_left_to_the_path() -> None:
    text = one_user(
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, env: null}}"
    )
    plugin = chosen(text).user.exec
    assert plugin is not None
    assert plugin.command == "aws"


@pytest.mark.parametrize(
    ("text", "context", "hint"),
    [
        (BOTH, "prod", "no context 'prod'; it has stage, live"),
        ("contexts: [{name: a}]", None, "no current-context: choose one of a with --context"),
        ("contexts: [{name: a}]", "a", "no cluster '' that context a names; it has none"),
        ("{clusters: 3}", None, "is not a kubeconfig"),
        ("{", None, "is not valid YAML"),
        (one_user("{}", "server: 'ftp://x'"), None, "not an https:// or http:// address"),
        (one_user("{}", "server: ''"), None, "not an https:// or http:// address"),
        (one_user("{}", "server: 'https://x', proxy-url: 'socks5://y'"), None, "only http://"),
        (one_user("{auth-provider: {name: gcp}}"), None, "removed in 1.26"),
        (
            one_user("{exec: {apiVersion: client.authentication.k8s.io/v1}}"),
            None,
            "without a command",
        ),
        (
            one_user("{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}"),
            None,
            "update the plugin",
        ),
        (
            one_user(
                "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, "
                "interactiveMode: Often}}"
            ),
            None,
            "interactiveMode 'Often'",
        ),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_refused_with_what_to_do(
    text: str, context: str | None, hint: str
) -> None:
    with pytest.raises(KubeconfigError, match=hint):
        chosen(text, context)


def test_the_named_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(BOTH)
    found = find_connection(file, "live", environ={"KUBECONFIG": "/nowhere"})
    assert found.server == "https://live.example"


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="cannot be read"):
        find_connection(tmp_path / "none", environ={})


def test_the_files_of_the_environment_are_merged_and_missing_ones_passed_over(
    tmp_path: Path,
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("current-context: live")
    two.write_text(BOTH)
    files = os.pathsep.join([str(one), str(tmp_path / "none"), "", str(two)])
    assert find_connection(environ={"KUBECONFIG": files}).context == "live"


def test_a_pod_uses_its_service_account(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    (tmp_path / "namespace").write_text("shop\n")
    found = find_connection(
        environ={
            "KUBECONFIG": str(tmp_path / "none"),
            "KUBERNETES_SERVICE_HOST": "fd00::1",
            "KUBERNETES_SERVICE_PORT": "6443",
        },
        account=tmp_path,
    )
    assert found.server == "https://[fd00::1]:6443"
    assert found.namespace == "shop"
    assert found.user.token_file == str(tmp_path / "token")
    assert found.ca_file == str(tmp_path / "ca.crt")


def test_no_cluster_at_all_says_where_was_looked(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match=r"looked for .*none.*--kubeconfig or KUBECONFIG"):
        find_connection(environ={"KUBECONFIG": str(tmp_path / "none")}, account=tmp_path)


def test_without_the_variable_the_file_in_the_home_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(BOTH)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_connection(environ={}).context == "stage"


def test_fields_that_are_not_considered_do_no_harm() -> None:
    text = one_user("{}", "server: 'https://x.example', disable-compression: true")
    found = chosen(f"{text}\npreferences: {{colors: true}}\nextensions: []\nfuture: 1\n")
    assert found.server == "https://x.example"
