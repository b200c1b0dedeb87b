"""What mapping templates make of a request. They run in ministack's environment."""

import json
import os
import subprocess

import pytest

from workshop.localcloud.processes import PATCHES
from workshop.paths import python

BODY = {
    "name": "Anna's",
    "items": [{"id": 1, "price": 2.5}, {"id": 2, "price": 5}],
    "where": {"first-line": "x", "zip": None},
    "paid": True,
}
DRIVER = f"""
import json, sys
from mapping_templates import Map, Variables, as_java, parameters, render
headers = [("X-Shop", "north")]
def rendered(template):
    context = as_java({{"requestId": "r-1", "identity": {{"sourceIp": "::1"}}}})
    variables = Variables(context, Map(v="1"), parameters({{"id": "7"}}, {{"q": "2"}}, headers))
    try:
        return render(template, {json.dumps(BODY)!r}, variables)
    except Exception as error:
        return type(error).__name__
print(json.dumps([rendered(each) for each in json.load(sys.stdin)]))
"""
CASES = {
    "$input.json('$.items[0]')": '{"id":1,"price":2.5}',
    "$input.json('$.name')": '"Anna\'s"',
    "$input.json('$.missing')": '""',
    "$input.path('$.missing').": ".",
    "$input.path('$.items[*].id')": "[1, 2]",
    "$input.path('$.where')": "{first-line=x, zip=null}",
    "$input.path('$.where.first-line')": "x",
    "$input.path('$.items[?(@.price>3)].id')": "[2]",
    "$input.params('id')$input.params('q')$input.params('x-shop')$input.params('no')": "72north",
    "$input.params().header.get('X-Shop')": "north",
    "$context.requestId $context.identity.sourceIp $context.none.": "r-1 ::1 .",
    "$stageVariables.v${stageVariables['v']}": "11",
    "#set($all = $input.path('$'))$all.items.size() $all.paid": "2 true",
    "#foreach($i in $input.path('$.items'))$i.id#if($foreach.hasNext),#end#end": "1,2",
    "#foreach($k in $input.path('$.where').keySet())$k;#end": "first-line;zip;",
    "#if($input.params('q') == '2')two#{else}other#end": "two",
    "#if(\"$!input.path('$.no')\" == '')none#elseif(true)some#end": "none",
    "#if(!$input.path('$.no'))none#end#if(!$input.path('$.paid'))unpaid#end": "none",
    "$util.escapeJavaScript($input.path('$.name'))": "Anna\\'s",
    "$util.escapeJavaScript($input.path('$.name')).replaceAll(\"\\\\'\",\"'\")": "Anna's",
    "$util.urlEncode('a b&')$util.urlDecode('%2B')$util.base64Encode('hi')": "a+b%26+aGk=",
    "$util.parseJson('{\"a\": [1]}').a[0]$util.base64Decode('aGk=')": "1hi",
    "costs $5 ## a comment": "costs $5 ",
    "$input.path('$..[')": "BadTemplate",
}


@pytest.fixture(scope="module")
def rendered() -> dict[str, str]:
    """What each template of the table makes."""
    done = subprocess.run(
        [str(python("ministack")), "-c", DRIVER],
        input=json.dumps([*CASES]),
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(PATCHES), str(PATCHES.parent)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("template", CASES)
def test_a_template_renders_as_on_aws(rendered, template):
    assert rendered[template] == CASES[template]
