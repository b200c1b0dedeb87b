"""What a function finds in its environment: what Lambda gives it, and nothing of the learner's."""

import json
import os
import secrets
import subprocess
import sys

from workshop.paths import ROOT

SECRETS = (
    *("ANTHROPIC_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    *("AWS_PROFILE", "AWS_ROLE_ARN", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN"),
    *("AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_CLIENT_SECRET", "DATABASE_URL"),
    *("DBUS_SESSION_BUS_ADDRESS", "DOCKER_HOST", "GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN"),
    *("GOOGLE_APPLICATION_CREDENTIALS", "GPG_AGENT_INFO", "HTTP_PROXY", "JPY_API_TOKEN"),
    *("JUPYTER_TOKEN", "KUBECONFIG", "MYSQL_PWD", "NPM_TOKEN", "OPENAI_API_KEY", "PGPASSWORD"),
    *("PYPI_TOKEN", "SSH_AUTH_SOCK", "TWINE_PASSWORD", "VAULT_TOKEN", "XAUTHORITY"),
)
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
DOCUMENTED = {
    *("AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_REGION"),
    *("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LANG", "PATH"),
    *("PYTHONPATH", "TZ", "_HANDLER"),
}
# Where the local cloud is, and what the process and its interpreter need on this machine.
OURS = {
    *("AWS_DISABLE_HOST_PREFIX_INJECTION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"),
    *("AWS_LAMBDA_LOG_FORMAT", "HOME", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONUNBUFFERED"),
    *("TMPDIR", "_LAMBDA_FUNCTION_ARN", "_LAMBDA_LAYERS_DIRS", "_LAMBDA_TIMEOUT"),
    "_MINISTACK_INVOKE_DEPTH",
}
PROGRAM = """
import io, json, sys, zipfile
from workshop import localcloud
from workshop.aws.target import connect

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as package:
    package.writestr("f.py", "import os\\ndef handler(e, c): return dict(os.environ)\\n")
target = connect("local")
try:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = target.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    functions = target.client("lambda")
    functions.create_function(
        FunctionName="f", Runtime="python3.13", Handler="f.handler", Role=role["Role"]["Arn"],
        Code={"ZipFile": code.getvalue()}, Environment={"Variables": {"LOG_LEVEL": "WARNING"}},
    )
    print(functions.invoke(FunctionName="f")["Payload"].read().decode())
finally:
    localcloud.stop()
"""


def test_no_secret_of_the_learner_reaches_a_function(tmp_path):
    planted = {name: f"planted-{secrets.token_hex(8)}" for name in SECRETS}
    assert len(planted) >= 30
    own = {"WORKSHOP_CLOUD": str(tmp_path / "cloud"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **planted, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, str] = json.loads(done.stdout)
    assert not set(planted.values()) & set(seen.values())
    assert seen["LOG_LEVEL"] == "WARNING", "the function's own variable, though the server has it"
    assert seen.keys() - {"LOG_LEVEL"} <= DOCUMENTED | OURS
    assert seen.keys() >= DOCUMENTED - {"LANG"}
    assert seen["HOME"].startswith(str(tmp_path))
