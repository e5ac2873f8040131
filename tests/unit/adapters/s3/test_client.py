from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from tests.s3_server import S3Server

from adce_async.adapters.s3.client import Aws, timestamp
from adce_async.adapters.sqs_changes import where
from adce_async.errors import FixMeError
from adce_async.model.aws import AwsSettings
from adce_async.redaction import redact

pytestmark = pytest.mark.looptime(False)


async def test_a_client_speaks_to_the_endpoint_that_is_set_and_is_the_only_one(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    async with Aws(AwsSettings(endpoint_url=s3_server.url)) as aws:
        first, second = await asyncio.gather(aws.s3(), aws.s3())
        assert first is second
        await first.put_object(Bucket=bucket, Key="a", Body=b"1")
        listed = await first.list_objects_v2(Bucket=bucket)
        assert [one["Key"] for one in listed["Contents"]] == ["a"]
        assert isinstance(listed["Contents"][0]["LastModified"], dt.datetime)
        head = await first.head_object(Bucket=bucket, Key="a")
        assert abs(head["LastModified"] - listed["Contents"][0]["LastModified"]) <= dt.timedelta(seconds=1)


async def test_the_environments_endpoint_is_as_good_and_other_services_share_the_session(s3_server: S3Server) -> None:
    async with Aws(AwsSettings()) as aws:
        s3 = await aws.s3()
        assert s3.meta.endpoint_url == s3_server.url
        assert s3.meta.config.s3 == {"addressing_style": "path"}
        sqs = await aws.client("sqs")
        made = await sqs.create_queue(QueueName="changes")
        assert made["QueueUrl"].endswith("/changes")


@pytest.mark.parametrize(
    ("settings", "style"),
    [
        (AwsSettings(region="eu-central-1"), None),
        (AwsSettings(region="eu-central-1", path_style=True), "path"),
        (AwsSettings(endpoint_url="http://127.0.0.1:9"), "path"),
        (AwsSettings(endpoint_url="http://lake.test", path_style=False), None),
    ],
)
async def test_how_a_bucket_is_addressed(
    settings: AwsSettings, style: str | None, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    async with Aws(settings) as aws:
        client = await aws.s3()
        assert (client.meta.config.s3 or {}).get("addressing_style") == style
        assert client.meta.region_name == settings.region or settings.region is None


async def test_an_endpoint_that_is_no_address_is_for_a_person_to_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "notaurl")
    async with Aws(AwsSettings()) as aws:
        with pytest.raises(FixMeError, match="notaurl: correct AWS_ENDPOINT_URL"):
            await aws.s3()


async def test_another_service_is_not_asked_where_the_lake_is(s3_server: S3Server) -> None:
    async with Aws(AwsSettings(endpoint_url="http://127.0.0.1:9")) as aws:
        sqs = await aws.client("sqs", **where("http://elsewhere.test/123456789012/changes"))
        assert sqs.meta.endpoint_url == s3_server.url  # as AWS_ENDPOINT_URL says


async def test_as_many_connections_as_are_asked_for_and_bounded_retries(s3_server: S3Server) -> None:
    async with Aws(AwsSettings(connections=7)) as aws:
        config = (await aws.s3()).meta.config
        assert config.max_pool_connections == 7
        assert config.retries["mode"] == "standard"
        assert 2 < config.retries["total_max_attempts"] < 10


@pytest.mark.parametrize(("said", "sent"), [("1", 1), ("3", 3), ("50", 5), ("0", 5), ("many", 5)])
async def test_awss_own_settings_may_ask_for_fewer_attempts(
    said: str, sent: int, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", said)
    async with Aws(AwsSettings()) as aws:
        assert (await aws.s3()).meta.config.retries["total_max_attempts"] == sent


async def test_credentials_are_secret_before_anything_is_sent(s3_server: S3Server) -> None:
    secret = s3_server.environment["AWS_SECRET_ACCESS_KEY"]
    async with Aws(AwsSettings()):
        assert secret not in redact(f"signed with {secret}")


async def test_a_profile_that_is_not_there_is_for_a_person_to_fix(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(FixMeError, match=r"AWS: .*nobody.*s3\.profile"):
        async with Aws(AwsSettings(profile="nobody")):
            pass
    config = tmp_path / "config"
    config.write_text(
        "[profile lake]\nregion = eu-west-1\naws_access_key_id = AKIAOFTHEPROFILE\naws_secret_access_key = s3cr3t1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    async with Aws(AwsSettings(profile="lake")) as aws:
        assert (await aws.s3()).meta.region_name == "eu-west-1"
        assert redact("s3cr3t1") == "***"


@pytest.mark.parametrize(
    "text", ["2025-01-15T12:00:00Z", "2025-01-15T12:00:00.000Z", "Wed, 15 Jan 2025 12:00:00 GMT", 1736942400]
)
def test_times_in_all_forms(text: object) -> None:
    assert timestamp(text).timestamp() == 1736942400
