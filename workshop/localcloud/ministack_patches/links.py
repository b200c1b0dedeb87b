"""Links that ministack hands out: to respond to CloudFormation, and to download code.

Fixes: on AWS these are presigned links to S3, which expire and allow one action. ministack's have
no signature, so the gate would refuse the requests.
"""

import os
from urllib.parse import urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource

GOOD_FOR_SECONDS = 2 * 3600
_response_url = custom_resource._response_url
_code_url, _layer_url = lambda_svc._presigned_code_url, lambda_svc._layer_content_url


def presigned(method: str, url: str) -> str:
    """Return a link that the gate accepts: for this method and path, until it expires."""
    keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    plain = f"{os.environ['AWS_ENDPOINT_URL']}{urlsplit(url).path}"
    request = AWSRequest(method=method, url=plain)
    S3SigV4QueryAuth(keys, "s3", os.environ["AWS_REGION"], GOOD_FOR_SECONDS).add_auth(request)
    link: str = request.url
    return link


custom_resource._response_url = lambda token: presigned("PUT", _response_url(token))
lambda_svc._presigned_code_url = lambda name: presigned("GET", _code_url(name))
lambda_svc._layer_content_url = lambda *layer: presigned("GET", _layer_url(*layer))
