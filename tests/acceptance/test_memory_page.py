"""The example of the memory's page works as it stands."""

from pathlib import Path

import pytest

from msp_rules import Desk, Engine, Memory, upgrade_memory
from msp_rules.prompts.prompt import FeedbackKind
from tests.support.core import core_ruleset
from tests.support.told import CASE, at, concern, prompt_of, said

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs/memory.md"


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(core_ruleset(), matcher="python")
    monkeypatch.chdir(tmp_path)
    upgrade_memory("prompts.db")
    with Memory("prompts.db") as memory:
        desk = Desk(memory, engine)
        desk.receive(concern(), at("2026-01-05T12:00:00"))
        desk.acknowledge(desk.changes())
        feedback = said(prompt_of(desk, "ASK-01"), FeedbackKind.SHOWN)
    _, _, rest = PAGE.read_text("utf-8").partition("```python\n")
    code, _, _ = rest.partition("```")
    shown: list[object] = []
    names: dict[str, object] = {
        **{"message": concern(), "now": "2026-01-06T11:00:00", "feedback": feedback},
        "show": shown.append,
    }

    exec(code, names)

    assert len(shown) > 0
    desk = names["desk"]
    assert isinstance(desk, Desk)
    assert desk.changes() == ()
    assert prompt_of(desk, "ASK-01", CASE).key == feedback.key
    names["memory"].close()  # type: ignore[attr-defined]
