"""What the verbs of the local cloud do with options that they do not have."""

import pytest

from workshop import localcloud
from workshop.commands import cloud


@pytest.mark.parametrize("option", ["--help", "--stack"])
@pytest.mark.parametrize("verb", ["status", "stop", "reset"])
def test_a_question_and_a_mistake_change_nothing(verb, option, monkeypatch, capsys):
    for name in "status", "stop", "reset":
        monkeypatch.setattr(localcloud, name, lambda: pytest.fail("it was carried out"))
    with pytest.raises(SystemExit):
        getattr(cloud, verb)([option])
    shown = capsys.readouterr()
    assert f"usage: python -m workshop {verb}" in shown.out + shown.err
