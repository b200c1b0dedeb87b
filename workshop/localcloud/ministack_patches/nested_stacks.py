"""Nested stacks, as SAM CLI makes and deletes them.

Fixes: ministack expands the SAM resources of a stack's own template only, so a nested stack with
one fails as an unsupported resource type; `sam sync` makes such a stack. And the URL of a nested
template is one that `sam delete` does not know as an address in S3.
"""

import re
from typing import Any

from ministack.core.responses import get_region
from ministack.services.cloudformation import engine, handlers, provisioners

# Of a nested template in S3, as SAM CLI has written it into the template, in XML.
HERE = re.compile(rb"(TemplateURL(?:&quot;|[\s:'\"])+)http://(?:127\.0\.0\.1|localhost):[0-9]+/")

_check_capabilities = provisioners._check_nested_stack_capabilities
_get_template = handlers._ACTION_HANDLERS["GetTemplate"]


def check_and_expand(parent: str, template: dict[str, Any]) -> None:
    """Check a nested template as ministack does, then replace it by its expanded form."""
    _check_capabilities(parent, template)
    expanded = engine._apply_transforms(template)
    if why := getattr(expanded, "error", ""):  # only a template whose transform failed has it
        raise ValueError(why)
    template.clear()
    template.update(expanded)


def get_template(params: dict[str, Any]) -> Any:
    """Serve GetTemplate, with addresses in S3 as AWS has them."""
    status, headers, body = _get_template(params)
    in_aws = f"https://s3.{get_region()}.amazonaws.com/".encode()
    return status, headers, HERE.sub(rb"\1" + in_aws, body)


provisioners._check_nested_stack_capabilities = check_and_expand
handlers._ACTION_HANDLERS["GetTemplate"] = get_template
