"""What an API answers by itself to a request for which it has no method.

Fixes: ministack evaluates the caller's policies for such a request, too. So a client that only has
an API key never gets the gateway response MISSING_AUTHENTICATION_TOKEN.
"""

from ministack.services import apigateway_v1

_authorization_type = apigateway_v1.method_authorization_type


def authorization_type(api_id: str, *request: str) -> str | None:
    """Return how a request is authorized: not at all if the REST API has no method for it."""
    found: str | None = _authorization_type(api_id, *request)
    is_rest_api = apigateway_v1.find_api_scope(api_id) is not None
    return found or ("NONE" if is_rest_api else None)


apigateway_v1.method_authorization_type = authorization_type
