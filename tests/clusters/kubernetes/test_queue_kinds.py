"""Which queueing system the settings choose, and what puts a pod into its queue."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes import queue_kinds
from sweeper.clusters.kubernetes.settings import KubernetesSettings

KUEUE, KAI, RUNAI = "kueue.x-k8s.io/queue-name", "kai.scheduler/queue", "runai/queue"
VOLCANO = "scheduling.volcano.sh/queue-name"


@pytest.mark.parametrize(
    ("settings", "labels", "annotations", "scheduler"),
    [
        ({}, {}, {}, None),
        ({"scheduler": "own"}, {}, {}, "own"),
        ({"queue": "a"}, {KUEUE: "a"}, {}, None),
        ({"queue": "a", "queue_kind": "kueue"}, {KUEUE: "a"}, {}, None),
        ({"queue": "a", "queue_kind": "kai"}, {KAI: "a"}, {}, "kai-scheduler"),
        ({"queue": "a", "queue_kind": "runai"}, {RUNAI: "a"}, {}, "runai-scheduler"),
        ({"queue": "a", "queue_kind": "volcano"}, {}, {VOLCANO: "a"}, "volcano"),
        ({"queue": "a", "scheduler": "runai-scheduler"}, {RUNAI: "a"}, {}, "runai-scheduler"),
        ({"queue": "a", "scheduler": "volcano"}, {}, {VOLCANO: "a"}, "volcano"),
        ({"queue": "a", "scheduler": "own"}, {KUEUE: "a"}, {}, "own"),
        ({"queue": "a", "queue_kind": "kai", "scheduler": "own"}, {KAI: "a"}, {}, "own"),
        ({"queue_kind": "kai"}, {}, {}, "kai-scheduler"),
    ],
)
def test_a_queue_is_a_label_or_an_annotation_and_a_scheduler(settings, labels, annotations, scheduler):
    found = KubernetesSettings(**settings)
    assert queue_kinds.pod_labels(found) == labels
    assert queue_kinds.pod_annotations(found) == annotations
    assert queue_kinds.scheduler(found) == scheduler


@pytest.mark.parametrize(
    ("settings", "other"),
    [
        ({"queue": "a", "labels": {KUEUE: "a"}}, ""),
        ({"queue": "a", "labels": {KUEUE: "b"}}, f"cluster.labels.{KUEUE}=b"),
        (
            {"queue": "a", "queue_kind": "volcano", "annotations": {VOLCANO: "b"}},
            f"cluster.annotations.{VOLCANO}=b",
        ),
        ({"queue": "a", "queue_kind": "kai", "labels": {KUEUE: "b"}}, ""),
        ({"labels": {KUEUE: "b"}}, ""),
    ],
)
def test_two_settings_that_name_different_queues_are_found(settings, other):
    assert queue_kinds.conflict(KubernetesSettings(**settings)) == other
