from __future__ import annotations

import aiohttp
import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from adce_async.adapters.s3.errors import code_of, failure_of, is_cut_short, status_of
from adce_async.errors import FixMeError, StoreError, StoreUnreachableError


def refusal(code: str, message: str = "", status: int = 403, **more: object) -> ClientError:
    response = {"Error": {"Code": code, "Message": message, **more}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PutObject")  # type: ignore[arg-type]


def test_a_refusal_is_named_with_what_to_do() -> None:
    failure = failure_of(refusal("NoSuchBucket", "The bucket does not exist", 404), "s3://lake", "opening the lake")
    assert failure.text == (
        "s3://lake: opening the lake: NoSuchBucket (The bucket does not exist): there is no such bucket: make it, or "
        "correct --lake"
    )
    assert (failure.code, failure.status, failure.unreachable) == ("NoSuchBucket", 404, False)
    assert type(failure.to_fix()) is FixMeError
    assert type(failure.to_store()) is StoreError


@pytest.mark.parametrize(
    ("code", "unreachable"), [("SlowDown", True), ("InternalError", True), ("NotImplemented", False)]
)
def test_a_server_in_trouble_is_nobodys_mistake_and_one_that_cant_is(code: str, unreachable: bool) -> None:
    failure = failure_of(refusal(code, status=503 if unreachable else 501), "s3://lake")
    assert failure.unreachable is unreachable
    assert ("s3.lock: false" in failure.text) is not unreachable


def test_nothing_of_what_was_signed_is_repeated() -> None:
    error = refusal("SignatureDoesNotMatch", "no\nmatch", StringToSign="AWS4-HMAC-SHA256 x", AWSAccessKeyId="AKIAXXXX")
    assert failure_of(error, "s3://lake").text == (
        "s3://lake: SignatureDoesNotMatch (no match): the secret key does not fit the access key: correct it"
    )


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (301, "PermanentRedirect"), (404, "")])
def test_head_is_refused_without_words(status: int, code: str) -> None:
    error = refusal(str(status), "Forbidden", status)
    assert (code_of(error), status_of(error)) == (code, status)


@pytest.mark.parametrize(
    ("error", "unreachable", "said"),
    [
        (boto.NoCredentialsError(), False, "AWS_SECRET_ACCESS_KEY"),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), False, "both the access key and the secret key"),
        (boto.ProfileNotFound(profile="p"), False, "s3.profile"),
        (boto.EndpointConnectionError(endpoint_url="http://u:p@h.test:1/lake?X-Amz=1"), True, "reached at h.test:1:"),
        (boto.ConnectTimeoutError(endpoint_url="http://h.test:1/x"), True, "http://h.test:1: is the network there"),
        (boto.ReadTimeoutError(endpoint_url="http://h.test:1/x"), True, "http://h.test:1 does not answer"),
        (boto.ConnectionClosedError(endpoint_url="http://h.test:1/x"), True, "the connection broke"),
        (boto.SSLError(endpoint_url="https://h.test", error="x"), True, "AWS_CA_BUNDLE"),
        (boto.CredentialRetrievalError(provider="role", error_msg="gone"), False, "can't be had"),
        (boto.NoRegionError(), False, "You must specify a region"),
        (aiohttp.ClientPayloadError("x"), True, "no answer (ClientPayloadError)"),
        (TimeoutError(), True, "no answer (TimeoutError)"),
        (OSError(101, "Network is unreachable"), True, "Network is unreachable"),
    ],
)
def test_what_never_got_an_answer(error: Exception, unreachable: bool, said: str) -> None:
    failure = failure_of(error, "s3://lake")
    assert said in failure.text
    assert failure.text.startswith("s3://lake: ")
    assert "u:p" not in failure.text
    assert (type(failure.to_store()) is StoreUnreachableError) is unreachable


def test_an_answer_that_broke_off_is_asked_for_again_and_a_refusal_is_not() -> None:
    assert is_cut_short(aiohttp.ClientPayloadError("cut"))
    assert is_cut_short(boto.IncompleteReadError(actual_bytes=1, expected_bytes=2))
    assert not is_cut_short(refusal("NoSuchKey"))
