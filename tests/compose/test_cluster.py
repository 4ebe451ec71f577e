"""Clusters of pods: the packaged ones, what an override may change, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra.types import RunMode
from omegaconf import DictConfig

from sweeper import clusters
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.compose import compose, hand_to_hydra, parse_arguments
from sweeper.compose.regions import fresh_copy
from sweeper.compose.session import Session
from sweeper.core.errors import UsageError
from sweeper.core.settings import Settings
from tests.compose.conftest import SIMPLE, write_project

PODS = Path(__file__).parents[1] / "podfiles"
Read = Callable[..., KubernetesSettings]


def settings_of(root: Path, *overrides: str) -> Settings:
    """The settings of one trial in a project."""
    return compose(overrides, config_dir=None, config_name=None, multirun=False, project=root).settings


def pods_of(settings: Settings) -> KubernetesSettings:
    """The settings of the cluster, which is one of pods."""
    found = clusters.of(settings.cluster).settings
    assert isinstance(found, KubernetesSettings)
    return found


@pytest.fixture(scope="module")
def cvlab(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """The settings of `cluster=cvlab`, with these overrides of values.

    As Hydra does it: it composes, then applies such overrides; but it composes once for all of them.
    """
    simple = write_project(tmp_path_factory.mktemp("cvlab"), config=SIMPLE)
    first, compose_all = "cluster=cvlab", Session._load
    composed: dict[RunMode, DictConfig] = {}

    def apply(session: Session, overrides: Sequence[str], mode: RunMode) -> DictConfig:
        if session.apply is None:  # Hydra 1.4
            return compose_all(session, overrides, mode)
        if mode not in composed:
            composed[mode] = compose_all(session, [first], mode)
        cfg = fresh_copy(composed[mode])
        session.apply(session.parse([text for text in overrides if text != first]), cfg)
        return cfg

    @cache
    def read(*overrides: str) -> KubernetesSettings:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Session, "_load", apply)
            settings = settings_of(simple, first, *overrides)
        assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings
        return pods_of(settings)

    return read


def test_the_labs_cluster_needs_nothing_said(cvlab: Read) -> None:
    settings = cvlab()
    assert (settings.namespace, settings.user, settings.uid, settings.gid) == ("cvlab", None, None, 11166)
    assert settings.volumes["cvlabdata2"] == VolumeSettings("pv-cvlabdata2", "/cvlabdata2")
    assert settings.reserve == 1


def test_any_other_cluster_asks_for_its_volume(simple: Path) -> None:
    with pytest.raises(UsageError, match=r"^cluster\.volumes\.data\.claim has no value yet"):
        settings_of(simple, "cluster=kubernetes")
    found = pods_of(settings_of(simple, "cluster=kubernetes", "cluster.volumes.data.claim=mine"))
    assert found.volumes == {"data": VolumeSettings("mine", "/data")}


def pod_file(root: Path, text: str, base: str = "cvlab") -> Settings:
    """The settings with a pod file, as two lines of YAML choose it."""
    (root / "pod.yaml").write_text(text)
    (root / "configs" / "cluster").mkdir(exist_ok=True)
    (root / "configs" / "cluster" / "mine.yaml").write_text(
        f"defaults: [{base}, _self_]\npod_template: pod.yaml\n"
    )
    return settings_of(root, "cluster=mine")


@pytest.mark.parametrize("path", sorted(PODS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_pod_file_is_a_template_in_two_lines(simple: Path, path: Path) -> None:
    """Its first container runs the trials; the pods run as the member where the file says so."""
    found = pods_of(pod_file(simple, path.read_text()))
    assert found.pod_template["spec"]["containers"][0]["name"] == "trial"
    assert found.run_as == (path.stem == "run-as")
    script = ["sh", "-c", "{command}"] if found.run_as else ["/opt/lab/setup_and_run_command.sh", "{command}"]
    assert found.command == script


def test_the_image_of_a_template_is_the_one_that_the_settings_name(simple: Path) -> None:
    """It is what the pods run, whatever the cluster's file says: `--dry-run` and environment.txt name it."""
    busybox = pods_of(pod_file(simple, (PODS / "run-as.yaml").read_text()))
    assert busybox.image == "local/busybox:1"
    for container, image in (
        ("{name: trial, image: mine:2}", "mine:2"),
        ("{name: proxy, image: mine:2}", "ic-registry.epfl.ch/cvlab/lis/lab-python-ml:cuda10"),
        ("{name: trial, image: null}", "ic-registry.epfl.ch/cvlab/lis/lab-python-ml:cuda10"),
    ):
        template = f"cluster.pod_template={{spec: {{containers: [{container}]}}}}"
        found = pods_of(settings_of(simple, "cluster=cvlab", template))
        assert found.image == image


def test_a_pod_file_names_its_image_on_any_cluster(simple: Path) -> None:
    """Where nothing else is known of the cluster; its path may also be typed, and may be absolute."""
    found = pods_of(pod_file(simple, (PODS / "plain.yaml").read_text(), "base_kubernetes"))
    assert found.image == "ic-registry.epfl.ch/cvlab/lis/lab-base:cpu"
    typed = compose(
        ["cluster=cvlab", f"cluster.pod_template={PODS}/jupyter.yaml"],
        config_dir=None, config_name=None, multirun=False, project=simple,
    )  # fmt: skip
    assert typed.remarks[-1] == "cluster.pod_template: its 2 nvidia.com/gpu count, not cluster.gpus=1"
    assert typed.remarks[0].startswith(
        f"cluster.pod_template={PODS}/jupyter.yaml: its container jupyter runs"
    )


def test_a_plain_pod_in_a_cluster_file_is_a_template(simple: Path) -> None:
    """As it is there, with nothing but `pod_template:` in front of it."""
    text = (PODS / "plain.yaml").read_text()
    (simple / "configs" / "cluster").mkdir()
    indented = "".join(f"  {line}\n" for line in text.splitlines())
    (simple / "configs" / "cluster" / "mine.yaml").write_text(
        f"defaults: [cvlab, _self_]\npod_template:\n{indented}"
    )
    found = pods_of(settings_of(simple, "cluster=mine"))
    assert found.pod_template["metadata"] == {"labels": {"user": "{user}"}}


@pytest.mark.parametrize(("text", "message"), [
    ("a: [1", r"pod\.yaml:1: \[ is not closed"),
    ("kind: Service\n", r"cluster\.pod_template=pod\.yaml: it holds no pod \(Service only\)"),
    ("a: \udcff", r"pod\.yaml is not UTF-8; save the file as UTF-8"),
    ("a: \x01", r"pod\.yaml is no YAML that can be read: unacceptable character"),
    ("kind: Pod\nspec:\n  image: {{ .Values.image }}", r"pod\.yaml is a template: .* as in helm template"),
    ("{{- if .Values.x }}\nkind: Pod\n", r"pod\.yaml is a template: .* as in helm template"),
])  # fmt: skip
def test_a_pod_file_that_is_none_is_refused(simple: Path, text: str, message: str) -> None:
    (simple / "pod.yaml").write_text(text, errors="surrogateescape")
    with pytest.raises(UsageError, match=message):
        settings_of(simple, "cluster=cvlab", "cluster.pod_template=pod.yaml")


@pytest.mark.parametrize(("text", "labels"), [
    ('{\n\t"metadata": {"labels": {"a": "b"}},\n\t"kind": "Pod", "spec": {"containers": [{"name": "c"}]}}',
     {"a": "b"}),
    ("metadata: {labels: {day: 2024-01-01, time: 01:30:00, n: 0x10}}\nspec: {containers: [{name: c}]}\n",
     {"day": "2024-01-01", "time": "01:30:00", "n": 16}),
], ids=["JSON with tabs", "dates and times"])  # fmt: skip
def test_a_pod_file_is_read_as_kubectl_reads_it(simple: Path, text: str, labels: dict[str, object]) -> None:
    """PyYAML alone would make a date and a number of minutes of them, and refuse the tabs."""
    (simple / "pod.yaml").write_text(text)
    found = pods_of(settings_of(simple, "cluster=cvlab", "cluster.pod_template=pod.yaml"))
    assert found.pod_template["metadata"]["labels"] == labels


def test_a_pod_file_in_the_place_of_a_cluster_file_is_told_its_place(simple: Path) -> None:
    """With a service in it, too, which as YAML is a second document."""
    (simple / "configs" / "cluster").mkdir()
    for name, message in (
        ("plain", "this cluster file is a pod file: name it as the template"),
        ("pod-and-service", r"objects of Kubernetes belong into cluster\.pod_template"),
    ):
        (simple / "configs" / "cluster" / "odd.yaml").write_text((PODS / f"{name}.yaml").read_text())
        with pytest.raises(UsageError, match=message):
            settings_of(simple, "cluster=odd")


def test_runai_starts_from_the_labs(simple: Path) -> None:
    found = pods_of(settings_of(simple, "cluster=runai"))
    assert (found.scheduler, found.image[:10]) == ("runai-scheduler", "ic-registr")
    assert found.volumes["cvlabsrc1"] == VolumeSettings("runai-cvlab-{user}-cvlabsrc1", "/cvlabsrc1")


def test_cfg_job_shows_a_cluster(
    simple: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(simple)
    words = ["-m", "cluster=cvlab", "cluster.env.FOO=1", "--cfg", "job"]
    assert hand_to_hydra(parse_arguments(words), project=simple) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert (shown["cluster"]["env"]["FOO"], shown["code"]["max_mb"]) == (1, 100)


@pytest.mark.parametrize(
    ("override", "key", "want"),
    [
        ("cluster.env.FOO=1", "env", {"FOO": "1"}),
        ("cluster.env.FOO=1e-3", "env", {"FOO": "0.001"}),
        ("cluster.env.FOO=true", "env", {"FOO": "true"}),
        ("cluster.env.FOO='007'", "env", {"FOO": "007"}),
        ("cluster.env.FOO=${cluster.namespace}", "env", {"FOO": "cvlab"}),
        ("cluster.env.FOO='\\${HOME}'", "env", {"FOO": "${HOME}"}),
        ("+cluster.env.FOO=1", "env", {"FOO": "1"}),
        ("cluster.env={FOO: 1, BAR: x}", "env", {"FOO": "1", "BAR": "x"}),
        ("cluster.labels.team=3", "labels", {"team": "3"}),
        ("cluster.annotations.gpu-fraction=0.5", "annotations", {"gpu-fraction": "0.5"}),
        ("cluster.node_selector.gpu=true", "node_selector", {"gpu": "true"}),
        ("cluster.limits={nvidia.com/gpu: 2}", "limits", {"nvidia.com/gpu": "2"}),
        ("cluster.requests.cpu=4", "requests", {"cpu": "4"}),
        ("cluster.secrets.KEY=wandb/api-key", "secrets", {"KEY": "wandb/api-key"}),
        ("cluster.security_context.fsGroup=7", "security_context", {"fsGroup": 7}),
        ("+cluster.pod_template.spec.hostIPC=true", "pod_template", {"spec": {"hostIPC": True}}),
        ("cluster.pod_template.spec.hostIPC=true", "pod_template", {"spec": {"hostIPC": True}}),
        ("cluster.pod_template={spec: {a: [1], b: null}}", "pod_template", {"spec": {"a": [1], "b": None}}),
        ("cluster.volumes.data={claim: x, path: /data}", "volumes", {"data": VolumeSettings("x", "/data")}),
        ("+cluster.volumes.data={claim: x, path: /data}", "volumes", {"data": VolumeSettings("x", "/data")}),
        ("cluster.volumes.cvlabsrc1.claim=x", "volumes", {"cvlabsrc1": VolumeSettings("x", "/cvlabsrc1")}),
    ],
)
def test_an_override_reaches_into_a_map(cvlab: Read, override: str, key: str, want: dict[str, Any]) -> None:
    assert getattr(cvlab(override), key) == getattr(cvlab(), key) | want


@pytest.mark.parametrize("override", ["~cluster.{}", "cluster.{}=null"])
def test_an_entry_can_be_taken_away(cvlab: Read, override: str) -> None:
    settings = cvlab(
        *(override.format(key) for key in ("volumes.cvlabsrc1", "env.CLUSTER_USER", "labels.user"))
    )
    assert list(settings.volumes) == ["cvlabdata1", "cvlabdata2"]
    assert "CLUSTER_USER" not in settings.env
    assert list(settings.labels) == ["priority"]


def test_numbers_where_text_belongs_are_text(cvlab: Read) -> None:
    settings = cvlab("cluster.cpu=4", "cluster.memory=16Gi", "cluster.tolerations=[{key: gpu}]")
    assert (settings.cpu, settings.memory, settings.tolerations) == ("4", "16Gi", [{"key": "gpu"}])


def test_a_cluster_file_that_starts_from_no_types_is_read_all_the_same(project: Callable[..., Path]) -> None:
    root = project(
        config="defaults: [{cluster: mine}, _self_]\ntask: {command: [run]}",
        cluster__mine="backend: kubernetes\nimage: i\nenv: {A: 1}\nvolumes: {d: {claim: c, path: /d}}",
    )
    assert pods_of(settings_of(root)) == KubernetesSettings(
        image="i", env={"A": "1"}, volumes={"d": VolumeSettings("c", "/d")}
    )
    with pytest.raises(UsageError, match=r"^cluster\.gpus must be at least 0, not 'many'$"):
        settings_of(root, "+cluster.gpus=many")


def test_code_and_memory_have_settings(cvlab: Read, simple: Path) -> None:
    settings = settings_of(simple, "code.mode=in_place", "code.max_mb=7", "retry.memory_factor=1.5")
    assert (settings.code.mode, settings.code.max_mb, settings.retry.memory_factor) == ("in_place", 7, 1.5)


def test_code_holds_for_the_whole_sweep(project: Callable[..., Path]) -> None:
    root = project(config="task: {command: [run, '{args}']}\ncode: {max_mb: '${size}'}\nsize: 1")
    with pytest.raises(UsageError, match=r"^code\.max_mb differs between points"):
        compose(["size=1,2"], config_dir=None, config_name=None, multirun=True, project=root)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("cluster.foo=1", r"cluster\.foo: there is no such setting"),
        ("cluster.gpus=-1", r"cluster\.gpus must be at least 0, not -1"),
        ("cluster.gpus=many", r"cluster\.gpus must be a whole number, not 'many'"),
        ("cluster.reserve=-1", r"cluster\.reserve must be at least 0"),
        ("cluster.max_gpus=0", r"cluster\.max_gpus must be at least 1, or null"),
        ("cluster.max_parallel=0", r"cluster\.max_parallel must be at least 1, or null"),
        ("cluster.queue='team a'", r"cluster\.queue must be a queue's name"),
        ("cluster.queue=''", r"cluster\.queue must be a queue's name"),
        ("cluster.queue_kind=slurm", r"cluster\.queue_kind must be kueue, kai, runai, volcano or null"),
        (
            "cluster={queue: a, labels: {kueue.x-k8s.io/queue-name: b}}",
            r"cluster\.queue=a and cluster\.labels\.kueue\.x-k8s\.io/queue-name=b name different queues",
        ),
        ("cluster.priority=high", r"cluster\.priority must be a whole number"),
        ("cluster.keep_pods=sometimes", r"cluster\.keep_pods must be never, failed or always"),
        ("cluster.image=''", r"cluster\.image must be the image"),
        ("cluster.image_pull_policy=always", r"must be Always, IfNotPresent, Never or null"),
        (
            "cluster.command=[sh]",
            r'cluster\.command must be a list of words, one of which holds "\{command\}"',
        ),
        ("cluster.namespace=My_Lab", r"cluster\.namespace must be a namespace's name"),
        ("cluster.namespace=" + "x" * 64, r"cluster\.namespace must be a namespace's name"),
        ("cluster.uid=-1", r"cluster\.uid must be a user's number"),
        ("cluster.run_as=maybe", r"cluster\.run_as must be true or false"),
        ("cluster.cpu=lots", r"cluster\.cpu must be a quantity, as in 2, 500m or 4Gi"),
        ("cluster.memory=16", r"cluster\.memory must be an amount of memory with its unit, as in 16Gi"),
        ("cluster.memory=16g", r"cluster\.memory must be an amount of memory"),
        ("cluster.memory=16m", r"cluster\.memory must be an amount of memory"),
        ("cluster.shm=4", r"cluster\.shm must be an amount of memory"),
        ("cluster.limits.cpu=x", r"cluster\.limits\.cpu must be a quantity"),
        ("cluster.limits.cpu=[4]", r"cluster\.limits\.cpu must be text, not a list"),
        ("cluster.time_limit=0", r"cluster\.time_limit must be at least 1 second"),
        ("cluster.grace=-1", r"cluster\.grace must be at least 0 seconds"),
        ("cluster.avoid_after=0", r"cluster\.avoid_after must be at least 1"),
        ("cluster.env=3", r"cluster\.env must hold keys and values$"),
        ("cluster.env.FOO=[1]", r"cluster\.env\.FOO must be text or a number, not \[1\]"),
        ("cluster.env.CVSWEEP_OUT=1", r"cluster\.env\.CVSWEEP_OUT: this name is cvsweep's own"),
        ("cluster.env.a-b=1", r"cluster\.env: 'a-b' is not a variable's name"),
        (
            "cluster.user=ada@lab.org",
            r"cluster\.labels\.user: '\{user\}' stands for 'ada@lab\.org', .* set cluster\.user to",
        ),
        ("cluster.labels.a=-1", r"cluster\.labels\.a must be at most 63 letters"),
        ("cluster.labels={cvsweep/trial: 1}", r"cluster\.labels\.cvsweep/trial: this name is cvsweep's own"),
        (
            "cluster.secrets.KEY=wandb",
            r"cluster\.secrets\.KEY must be a secret and its key, as in wandb/api-key",
        ),
        ("cluster.secrets.CLUSTER_USER=a/b", r"cluster\.env has this variable too"),
        ("cluster.volumes=x", r"cluster\.volumes must hold keys and values$"),
        ("cluster.volumes.data=x", r"cluster\.volumes\.data must hold a volume's claim and path, not 'x'"),
        ("cluster.volumes.data.claim=x", r"cluster\.volumes\.data\.path must be the folder in the pods"),
        ("cluster.volumes.data={path: /x}", r"cluster\.volumes\.data\.claim must be the name of a Pers"),
        ("cluster.volumes.data={clam: x}", r"volumes\.data\.clam: .* \(did you mean claim\?\)"),
        ("cluster.volumes.My={claim: x, path: /x}", r"cluster\.volumes: 'My' cannot name a volume"),
        ("cluster.volumes.cvlabsrc1.path=src", r"cluster\.volumes\.cvlabsrc1\.path must be the folder"),
        ("cluster.volumes.cvlabsrc1.here=src", r"cluster\.volumes\.cvlabsrc1\.here must be the folder"),
        ("cluster.volumes.cvlabsrc1.read_only=5", r"read_only must be true or false"),
        (
            "cluster.volumes.cvlabsrc1.path=/cvlabdata1/",
            r"/cvlabdata1 is where cluster\.volumes\.cvlabsrc1 is",
        ),
        ("cluster.volumes.cvlabsrc1.path=/dev/shm", r"/dev/shm is where cluster\.shm is mounted"),
        (
            "cluster.tolerations=[gpu]",
            r"cluster\.tolerations: each entry of the list must hold keys and values",
        ),
        ("cluster.tolerations=gpu", r"cluster\.tolerations must be a list"),
        ("cluster.pod_template=x", r"cluster\.pod_template must hold keys and values, or name a pod file"),
        ("cluster.umask=27", r"cluster\.umask must be three octal digits in quotes, the first 0"),
        ("cluster.env.CLUSTER_USER=username", r"cluster\.env\.CLUSTER_USER: username is to be filled in"),
        (
            "cluster.labels.user=set-your-username",
            r"cluster\.labels\.user: set-your-username is to be filled",
        ),
        (
            "cluster.user=username",
            r"cluster\.user: username is to be filled in, and would count for a member",
        ),
        (
            "cluster.security_context.runAsUser=7",
            r"security_context\.runAsUser=7: with cluster\.run_as=false",
        ),
        ("cluster.security_context.runAsNonRoot=true", r"security_context\.runAsNonRoot: with"),
        (
            "cluster.run_as=true",
            r"cluster\.run_as=true starts /opt/lab/setup_and_run_command\.sh as the user",
        ),
        ("cluster.pod_template={spec: {securityContext: {runAsUser: 7}}}", r"must start as root to become"),
        (
            "cluster.pod_template={spec: {containers: [{name: trial, securityContext: {runAsUser: 7}}]}}",
            r"containers\[trial\]\.securityContext\.runAsUser=7: .* must start as root",
        ),
        ("cluster.backend=local", r"cluster\.kubeconfig means nothing where cluster\.backend is local"),
        ("cluster.backend=slurm", r"cluster\.backend must be local or kubernetes, not 'slurm'"),
        ("code.mode=frozen", r"code\.mode must be snapshot, in_place or null"),
        ("code.max_mb=0", r"code\.max_mb must be at least 1"),
        ("retry.memory_factor=0.5", r"retry\.memory_factor must be at least 1"),
        ("code=3", r"'code' is cvsweep's own section"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(cvlab: Read, override: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        cvlab(override)
    assert "\n" not in str(caught.value)


def test_another_backend_by_its_name_alone_is_refused(simple: Path) -> None:
    with pytest.raises(UsageError, match=r"cluster\.trials_per_gpu means nothing .*cluster=kubernetes"):
        settings_of(simple, "cluster.backend=kubernetes")


def test_null_takes_a_template_back(simple: Path) -> None:
    """A file may start from another one that has a template."""
    (simple / "configs" / "cluster").mkdir()
    (simple / "configs" / "cluster" / "base.yaml").write_text(
        "defaults: [cvlab, _self_]\npod_template: {spec: {hostNetwork: true}}\n"
    )
    found = settings_of(simple, "cluster=base", "cluster.pod_template=null")
    assert pods_of(found).pod_template == {}
