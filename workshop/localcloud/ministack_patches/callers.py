"""Finds the holder of an access key, and makes the keys of functions.

Fixes: ministack derives a function's secret and session token from its ARN, which is no secret. It
treats `test`, any twelve digits and a missing key as the owner's key, and does not verify the
owner's signatures, only those of others.
"""

import hmac
import os
import threading

from gate import credentials
from gate.credentials import Credential
from ministack import app
from ministack.core import iam_evaluator, lambda_runtime, router
from ministack.services import apigateway_v1, lambda_svc, sts

OWNER = Credential(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
_of_functions: dict[tuple[str, str], Credential] = {}
_one_at_a_time = threading.Lock()


def is_owner(access_key: str) -> bool:
    """Return whether this is the installation's own key, or a call of the server to itself."""
    to_itself = not access_key and not iam_evaluator._anonymous.get()
    return to_itself or access_key == OWNER.access_key


def find(access_key: str) -> Credential | None:
    """Return an access key's credential: the owner's, a function's, a session's or a user's."""
    if access_key == OWNER.access_key:
        return OWNER
    session = sts._sessions.get(access_key)
    account = session["Arn"].split(":")[4] if session else os.environ["MINISTACK_ACCOUNT_ID"]
    found = iam_evaluator.resolve_credential(access_key, account) if access_key else None
    if not isinstance(found, iam_evaluator.ResolvedCredential):
        return None
    token = found.session_token or ""
    return Credential(access_key, found.secret_access_key, token, role_of(found.principal_arn))


def role_of(principal: str) -> str:
    """Return the ARN of a session's role; any other principal unchanged."""
    with _one_at_a_time:
        roles = {arn_of_session(*function): function[1] for function in _of_functions}
    if principal in roles:
        return roles[principal]
    head, _, rest = principal.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{rest.split('/')[0]}" if rest else principal


def arn_of_session(function_arn: str, role_arn: str) -> str:
    """Return a function's principal, which is a session of its role."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{function_arn.split(':')[6][:64]}"


def execution_credentials(config: dict[str, str]) -> dict[str, str]:
    """Return the variables with a function's credentials: random, valid while the server runs."""
    function = config["FunctionArn"], config.get("Role", "")
    with _one_at_a_time:
        own = _of_functions.get(function)
        if own is None:
            made, token = credentials.new("ASIA"), credentials.new().secret
            own = _of_functions[function] = Credential(made.access_key, made.secret, token)
    principal = arn_of_session(*function)
    sts.register_session(
        own.access_key,
        {
            "Arn": principal,
            "UserId": principal.partition(":assumed-role/")[2].replace("/", ":"),
            "SecretAccessKey": own.secret,
            "SessionToken": own.token,
        },
    )
    return {
        "AWS_ACCESS_KEY_ID": own.access_key,
        "AWS_SECRET_ACCESS_KEY": own.secret,
        "AWS_SESSION_TOKEN": own.token,
    }


def is_api_key(value: str) -> bool:
    """Return whether an API that is deployed here knows this key."""
    keys = [key for _, key in apigateway_v1._api_keys.all_items() if key.get("enabled", True)]
    return any(hmac.compare_digest(value.encode(), str(key["value"]).encode()) for key in keys)


def pin_verified_request(
    method: str,
    raw_path: str,
    query: dict[str, list[str]],
    headers: list[tuple[bytes, bytes]],
    handshake: bool = False,  # noqa: ARG001 - as ministack calls it
) -> None:
    """Store whose request this is: the gate has already verified its signature."""
    authorization = next((v.decode("latin-1") for n, v in headers if n == b"authorization"), "")
    access_key = router.extract_access_key_id({"authorization": authorization}, query)
    scope = query.get("X-Amz-Credential", [""])[0].split("/")
    link = None  # of S3, and valid only for S3
    if not authorization and scope[3:4] == ["s3"]:
        link = iam_evaluator.SignedRequest(
            access_key, method, raw_path, query, {}, presigned=True, s3_scoped=True
        )
    iam_evaluator._signed_request.set(link)
    iam_evaluator._verified_key.set(access_key)
    iam_evaluator._anonymous.set(not access_key)


iam_evaluator.is_root_access_key = is_owner
app.pin_signed_request = pin_verified_request
lambda_runtime.execution_credentials = lambda_svc.execution_credentials = execution_credentials
