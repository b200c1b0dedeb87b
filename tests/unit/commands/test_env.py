"""What `env` prints is taken by each shell as it is, or is not printed."""

import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.unit.nasty import HIDDEN, MARKUP
from workshop import localcloud
from workshop.commands import env
from workshop.errors import WorkshopError

QUOTED = 'it\'s "quoted" $HOME `id` $(id) \\'
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}curly\N{LEFT SINGLE QUOTATION MARK}"
METACHARACTERS = "a & b | c > d ^ e"


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """What `env` prints for one variable."""

    def run(shell: str, value: str) -> str:
        monkeypatch.setattr(localcloud, "environment", lambda: {"A": "1", "X": value})
        monkeypatch.setattr(env, "api_variables", lambda _: {})
        env.run(["--shell", shell])
        return capsys.readouterr().out

    return run


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh on this machine")
@pytest.mark.parametrize("value", [QUOTED, CURLY, METACHARACTERS, *MARKUP], ids=ascii)
def test_sh_takes_a_value_as_it_is(value: str, printed: Callable[..., str]) -> None:
    script = f'{printed("sh", value)}printf %s "$X"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert done.stdout.decode() == value


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (QUOTED, "$env:X = 'it''s \"quoted\" $HOME `id` $(id) \\'"),
        (CURLY, f"$env:X = '{CURLY[0] * 2}curly{CURLY[-1] * 2}'"),
        (METACHARACTERS, f"$env:X = '{METACHARACTERS}'"),
    ],
)
def test_powershell_ends_no_text_at_a_quote(
    value: str, line: str, printed: Callable[..., str]
) -> None:
    assert printed("powershell", value).splitlines()[1] == line


def test_cmd_takes_what_it_can_and_is_given_nothing_else(printed: Callable[..., str]) -> None:
    assert printed("cmd", METACHARACTERS).splitlines()[1] == f'set "X={METACHARACTERS}"'
    for value in ('a"&calc&"', "%PATH%", "!x!"):
        with pytest.raises(WorkshopError, match="cmd has no way to write the value of X"):
            printed("cmd", value)


@pytest.mark.parametrize("shell", env.FORMS)
@pytest.mark.parametrize("text", [*HIDDEN, "a\nid"], ids=ascii)
def test_a_value_that_a_terminal_or_a_shell_would_obey_is_not_printed(
    shell: str, text: str, printed: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WorkshopError, match="The value of X"):
        printed(shell, text)
    assert capsys.readouterr().out == ""
