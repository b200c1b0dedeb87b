"""Connecting to AWS with credentials that do not work: one sentence says why, and what to do."""

import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError

from workshop.aws.target import Target, connect, explain
from workshop.errors import WorkshopError
from workshop.localcloud import client

SSO = """
[profile old]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-central-1
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1
"""


@pytest.fixture
def profile(monkeypatch, tmp_path):
    """Choose a profile of the configuration above, with no other credentials anywhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(SSO)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return lambda name: monkeypatch.setenv("AWS_PROFILE", name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("old", "AWS: the credentials have expired."),
        ("nobody", "AWS: the profile that AWS_PROFILE"),
    ],
)
def test_credentials_that_do_not_work_are_told_in_one_sentence(profile, name, words):
    profile(name)
    with pytest.raises(WorkshopError) as caught:
        connect("aws")
    assert caught.value.what_happened.startswith(words)
    assert caught.value.what_to_do


def test_the_local_clouds_own_credentials_are_not_taken_for_yours(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", client.owner().access_key)
    with pytest.raises(WorkshopError, match="those of the local cloud"):
        connect("aws")


def test_an_unknown_target_is_told():
    with pytest.raises(WorkshopError, match="The target 'moon' does not exist"):
        connect("moon")


HERE, AWS = Target("local", "us-east-2", {}), Target("aws", "us-east-2", {})


def refused(code):
    return ClientError({"Error": {"Code": code}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "target", "words"),
    [
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), HERE, "The local cloud does"),
        (requests.ConnectionError(), HERE, "The local cloud does not respond. Run this cell again"),
        (EndpointConnectionError(endpoint_url="https://aws"), AWS, "AWS: it cannot be reached."),
        (refused("ExpiredTokenException"), AWS, "AWS: the credentials have expired."),
    ],
)
def test_a_target_that_is_gone_is_explained(error, target, words):
    assert str(explain(error, target)).startswith(words)


@pytest.mark.parametrize("error", [refused("ValidationException"), ValueError("x")])
def test_other_errors_keep_their_own_words(error):
    assert explain(error, AWS) is None
