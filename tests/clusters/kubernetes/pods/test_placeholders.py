"""What placeholders stand for has to fit where they stand."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.pods.placeholders import check_filled
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.errors import UsageError


def settings(user: str, **more) -> KubernetesSettings:
    return KubernetesSettings(user=user, uid=1, gid=1, **more)


@pytest.mark.parametrize("user", ["ada", "Ada.L", "a_b"])
def test_a_plain_login_is_a_labels_value(user):
    """What the server takes is no mistake, and what holds no placeholder is looked at elsewhere."""
    check_filled(settings(user, priority=-5, labels={"user": "{user}", "p": "{priority}", "odd": "@"}))


@pytest.mark.parametrize("user", ["ada@lab.org", "LAB\\\\ada", "ada lovelace", "x" * 64, "-ada"])
def test_a_login_that_is_no_labels_value_is_refused(user):
    """The label, the login and the setting that helps are in one line."""
    with pytest.raises(
        UsageError, match=r"cluster\.labels\.user: '\{user\}' stands for .* set cluster\.user to"
    ):
        check_filled(settings(user, labels={"user": "{user}"}))


def test_a_claims_name_is_looked_at_as_well():
    """A login with a capital is a label's value and no claim's name."""
    volumes = {"home": VolumeSettings("home-{user}", "/home")}
    check_filled(settings("ada", volumes=volumes))
    with pytest.raises(
        UsageError, match=r"cluster\.volumes\.home\.claim: 'home-\{user\}' stands for 'home-Ada'"
    ):
        check_filled(settings("Ada", volumes=volumes))
