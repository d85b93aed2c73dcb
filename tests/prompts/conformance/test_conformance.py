"""The conformance kit passes an adapter that keeps the contract, and names what breaks it."""

from functools import cache
from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.prompts.conformance import Adapter, CheckStatus, Report, check_adapter
from tests.builders.adapter import (
    ANSWERS_TABLE,
    SMALL_ADAPTER,
    SMALL_ANSWERS,
    SMALL_RECORDS,
    write_adapter,
)
from tests.support.core import core_ruleset

MOST = {"crash": 80, "slow": 40, "failing": 40}
EDITS = ("edited", "deleted", "restored", "permission", "late")
ALL = [
    *("loads", "schema", "supply", "idempotency", "rendering", "ordering"),
    *("crash", "clock", "slow", "failing", *EDITS, "latency", "privacy"),
]


@cache
def engine() -> Engine:
    return Engine(core_ruleset(), matcher="python")


def checked(
    folder: Path,
    *changes: tuple[str, str],
    text: str = SMALL_ADAPTER,
    only: str | None = None,
    most_crashes: int = 2,
) -> Report:
    """The report on an adapter with some of its text replaced; `only` makes a single check."""
    name = write_adapter(folder, *changes, text=text)
    adapter = Adapter(name=name, folder=str(folder))
    names = None if only is None else [only]
    return check_adapter(adapter, engine(), most_crashes=most_crashes, only=names)


def named(check: str) -> str | None:
    """The check to make; None, all of them, for what a report names only in place of checks."""
    return check if check in ALL else None


def failures(report: Report) -> dict[str, str]:
    return {
        one.name: "\n".join(one.findings)
        for one in report.results
        if one.status is CheckStatus.FAILED
    }


@pytest.mark.slow
def test_an_adapter_that_keeps_the_contract_passes(tmp_path: Path) -> None:
    report = checked(tmp_path, most_crashes=120)

    assert failures(report) == {}
    assert [one.name for one in report.results] == ALL
    # It has rows and no roles: nobody hides a form from it.
    assert [one.name for one in report.results if one.status is not CheckStatus.PASSED] == [
        "permission"
    ]
    crash = report.results[ALL.index("crash")].examined
    assert int(crash.split()[0]) > 30, crash


# Before the rows are given, and so before anybody has taken them in.
DONE_TOO_EARLY = (
    "fetchall()\n    for place",
    'fetchall()\n        db.execute("UPDATE outbox SET done = 1")\n    for place',
)


def swallowing(error: str) -> tuple[str, str]:
    """Passes over whatever goes wrong while changes are written."""
    body = "    with opened(source) as db:\n        for change in changes:\n"
    body += '            db.execute(WRITE, {**change, "card": None})\n'
    inside = "".join(f"    {line}\n" for line in body.splitlines())
    return body, f"    try:\n{inside}    except {error}:\n        return\n"


FIND = "        said = json.loads(said)\n"
READ_BODY = "json.loads(said)"
RENDER = "    return {"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "says", "change"),
    [
        pytest.param(
            "schema",
            "event 1: type: ",
            ('org.msp-rules.{kind}.v1"', 'org.msp-rules.{kind}.v2"'),
            id="a type that there is not",
        ),
        pytest.param(
            "schema",
            "event 2: data.asked: unknown word",
            ('"asked": "not_asked"', '"asked": "NO"'),
            id="the host's own code",
        ),
        pytest.param(
            "schema",
            "event 1: the document: lacks time",
            ('"occurred": day, ', ""),
            id="no date",
        ),
        pytest.param(
            "schema",
            "the samples hold no event",
            ("WHERE done = 0", "WHERE done = 2"),
            id="finds nothing",
        ),
        pytest.param(
            "schema",
            "find one: plug-in small_adapter: result too large in msp_find_events: more than 1",
            ("rowid LIMIT ?", "rowid LIMIT 1000 + 0 * ?"),
            id="gives more than asked for",
        ),
        pytest.param(
            "schema",
            "find: plug-in small_adapter: raised in msp_find_events: ZeroDivisionError at ",
            (FIND, FIND + "        1 / 0\n"),
            id="raises",
        ),
        pytest.param(
            "schema",
            "find: plug-in small_adapter: invalid result in msp_find_events: result 1: a mapping",
            ("        yield {\n", "        yield 'x'\n        yield {\n"),
            id="invalid result",
        ),
        pytest.param(
            "supply",
            "the samples hold concern_raised.source, which msp_supplies does not say",
            ('        "concern_raised.source",\n', ""),
            id="holds what is not said",
        ),
        pytest.param(
            "supply",
            "msp_supplies says concern_raised.location, which no sample holds",
            ('"concern_raised.source",', '"concern_raised.source", "concern_raised.location",'),
            id="says what never occurs",
        ),
        pytest.param(
            "supply",
            "msp_supplies says outcome_expressed with all its fields, and no sample holds kind, ",
            ('"outcome_expressed.text"', '"outcome_expressed"'),
            id="says a type with all its fields",
        ),
        pytest.param(
            "supply",
            "msp_supplies must name event types, or type.field; number 1 is neither; did you mean",
            ('"concern_raised.source"', '"concern_rised.source"'),
            id="says what there is not",
        ),
        pytest.param(
            "idempotency",
            "found again, the events differ",
            ('"id": f"row-{row}"', '"id": str(uuid.uuid4())'),
            id="ids by chance",
        ),
        pytest.param(
            "idempotency",
            "found again, the events differ",
            ('"occurred": day', '"occurred": datetime.now().isoformat() + "Z"'),
            id="dates from the clock",
        ),
        pytest.param(
            "idempotency",
            "once others were acknowledged, an event is lost or looks different",
            ('"id": f"e{row}"', '"id": f"e{place}"'),
            id="ids by place",
        ),
        pytest.param(
            "idempotency",
            "an event that was acknowledged is found again",
            ("SET done = 1 WHERE", "SET done = 0 WHERE"),
            id="does not acknowledge",
        ),
        pytest.param(
            "idempotency",
            "events that were refused keep being found",
            ("in taken + refused", "in taken"),
            id="refused rows for ever",
        ),
        pytest.param(
            "idempotency",
            "send again: plug-in small_adapter: raised in msp_receive_changes: IntegrityError",
            (
                " ON CONFLICT (id) DO UPDATE SET revision = excluded.revision,"
                ' shown = excluded.shown"\n'
                '    " WHERE prompts.revision < excluded.revision',
                "",
            ),
            id="writes a prompt twice",
        ),
        pytest.param(
            "rendering",
            "the same cards look different",
            ('{"shown": [card["summary"]', '{"at": time.time(), "shown": [card["summary"]'),
            id="cards with a time",
        ),
        pytest.param(
            "ordering",
            "after the changes came newest first, the prompts shown are not",
            ("prompts.revision < excluded.revision", "true"),
            id="the last one wins",
        ),
        pytest.param(
            "ordering",
            "after all changes were sent, the prompts shown are not",
            (":kind != 'withdrawn'", "1"),
            id="withdrawn prompts stay",
        ),
        pytest.param("crash", "an event is lost", DONE_TOO_EARLY, id="acknowledges what it gives"),
        pytest.param(
            "clock",
            "after a round with a wrong clock, an event is lost",
            DONE_TOO_EARLY,
            id="acknowledges what was postponed",
        ),
        pytest.param(
            "slow",
            "after a call that was asked to end, the prompts shown are not the open ones",
            swallowing("BaseException"),
            id="goes on when it is asked to end",
        ),
        pytest.param(
            "failing",
            "after its host failed, the prompts shown are not the open ones",
            swallowing("Exception"),
            id="passes over what its host could not take",
        ),
        pytest.param(
            "edited",
            "what was edited stands beside what was there: give it as a correction of that",
            ('"gp", "supersedes": "e1"', '"gp"'),
            id="an edit as something new",
        ),
        pytest.param(
            "edited",
            "data.id: another event with this id, but other content, is held",
            ('"gp", "supersedes": "e1"', '"gp", "id": "e1"'),
            id="an edit under the same id",
        ),
        pytest.param(
            "edited",
            "an edit of what had been given is not found, or says the same as before",
            (
                "if edit not in EDITS:\n        return None",
                'if edit == "edited":\n        return source',
            ),
            id="an edit that is not given",
        ),
        pytest.param(
            "deleted",
            "what was deleted is still in force",
            ('"e4", "void": "yes"', '"e4", "source": "gp"'),
            id="a deletion that is not given",
        ),
        pytest.param(
            "restored",
            "what came back is not in force",
            ('"restored": ("concern_raised", "2026-01-05", {', '"restored": ("case_closed", "", {'),
            id="what came back is void",
        ),
        pytest.param(
            "shows",
            "the process ended with code 7",
            ("{**change, ", "os._exit(7) or {**change, "),
            id="takes the process with it",
        ),
        pytest.param(
            "latency",
            "msp_render_cards takes ",
            (RENDER, "    time.sleep(0.15)\n" + RENDER),
            id="slow",
        ),
        pytest.param(
            "latency",
            "overran in msp_render_cards",
            (RENDER, "    time.sleep(60)\n" + RENDER),
            id="hangs",
        ),
        pytest.param(
            "privacy",
            "the canary is in what it prints or logs",
            (READ_BODY, 'json.loads(said); logging.getLogger("x").debug("read %s", said)'),
            id="logs the record",
        ),
        pytest.param(
            "privacy",
            "the canary is in what it prints or logs",
            (READ_BODY, "json.loads(said); print(said)"),
            id="prints the record",
        ),
        pytest.param(
            "privacy",
            "the canary is in the attributes of an event",
            ('"subject": "S-1"', '"subject": "S-1 " + said.get("text", "")'),
            id="text in an attribute",
        ),
        pytest.param(
            "privacy",
            "the canary is in a code, id or date of an event",
            ('"id": f"e{row}"', '"id": f"e{row}" + said.get("text", "")'),
            id="text in an id",
        ),
        pytest.param(
            "privacy",
            "the canary is in rendered cards",
            (
                '{"shown": [card["summary"]',
                '{"last": [one for one in _LAST], "shown": [card["summary"]',
            ),
            id="text on a card",
        ),
        pytest.param(
            "privacy",
            "no free-text field of the samples holds the canary",
            ('{"asked": "not_asked", "reason_text": canary}', '{"asked": "not_asked"}'),
            id="samples without text",
        ),
        pytest.param(
            "privacy",
            "free text without the canary in outcomes_conversation.reason_text",
            ('"reason_text": canary', '"reason_text": "too ill"'),
            id="samples with another text",
        ),
    ],
)  # fmt: skip
def test_each_way_of_breaking_the_contract_is_named(
    check: str, says: str, change: tuple[str, str], tmp_path: Path
) -> None:
    changes = [change]
    if "_LAST" in change[1]:
        changes += [
            (FIND, FIND + "        _LAST.append(said)\n"),
            ("WRITE = (", "_LAST = []\nWRITE = ("),
        ]
    if says.startswith("no free-text"):
        changes.append(('{"text": canary}', "{}"))

    report = checked(tmp_path, *changes, only=named(check), most_crashes=MOST.get(check, 2))
    found = failures(report)

    assert says in found.get(check, ""), found


@pytest.mark.slow
def test_an_adapter_of_whole_cases_that_keeps_the_contract_passes(tmp_path: Path) -> None:
    report = checked(tmp_path, text=SMALL_RECORDS, most_crashes=40)

    assert failures(report) == {}
    assert {one.name for one in report.results if one.status is CheckStatus.PASSED} == {*ALL} - {
        "rendering",
        "ordering",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "says", "change"),
    [
        pytest.param(
            "schema",
            "case 1: events[0].source: not one of the codes of source",
            ('"source": "police"', '"source": "POL"'),
            id="the host's own code",
        ),
        pytest.param(
            "schema",
            "case 1: at: is missing: say when the host made the snapshot",
            ('"id": record["no"], "at": record["saved"]}', '"id": record["no"]}'),
            id="no moment",
        ),
        pytest.param(
            "schema",
            "find one: plug-in small_adapter: result too large in msp_find_cases: more than 1",
            ("found[:most]", "found"),
            id="gives more than asked for",
        ),
        pytest.param(
            "idempotency",
            "found again, the cases differ, in more than `at`",
            ('{"id": name, **form}', '{"id": f"{name}-{time.time_ns()}", **form}'),
            id="ids by chance",
        ),
        pytest.param(
            "idempotency",
            "a case that was acknowledged, and has not changed, is found again",
            ("for one in taken + refused:", "for one in refused:"),
            id="does not acknowledge",
        ),
        pytest.param(
            "idempotency",
            "cases that were refused, and have not changed, keep being found",
            ("for one in taken + refused:", "for one in taken:"),
            id="refused cases for ever",
        ),
        pytest.param(
            "crash",
            "after a crash, a case is lost that the desk had not received",
            (
                "        found.append(",
                '        write(Path(source, "taken"), {record["no"]: "9"})\n'
                "        found.append(",
            ),
            id="acknowledges what it gives",
        ),
        pytest.param(
            "edited",
            "an edit of what had been given is not found, or says the same as before",
            ('if record["saved"] <= known.get(record["no"], ""):', 'if record["no"] in known:'),
            id="a case only once",
        ),
        pytest.param(
            "deleted",
            "what was deleted is still in force",
            (
                'record["forms"].items()]',
                '({"f1": record.get("bin")} | record["forms"]).items() if form]',
            ),
            id="what is in the bin",
        ),
        pytest.param(
            "permission",
            "what it may not see counts as deleted: leave its types out of `says`",
            (' if one.split(".")[0] not in record["hidden"]]', "]"),
            id="says what it may not see",
        ),
        pytest.param(
            "late",
            "what was found before an edit undoes it: `at` must be later after each edit",
            ('"at": record["saved"]}', '"at": "2026-01-07T10:00:00Z"}'),
            id="one moment for all",
        ),
        pytest.param(
            "edited",
            "it gives whole cases: give msp_edit_sample, too",
            ("@hookimpl\ndef msp_edit_sample", "def edit_sample"),
            id="nothing to edit",
        ),
        pytest.param(
            "mapping",
            "small_adapter.py:1:3: this line can't be read",
            (
                "@hookimpl\ndef msp_supplies",
                "@hookimpl\ndef msp_mapping():\n    return __file__\n\n\n"
                "@hookimpl\ndef msp_supplies",
            ),
            id="a mapping with mistakes",
        ),
        pytest.param(
            "privacy",
            "the canary is in a code, id or date of an event",
            ('{"id": name, **form}', '{"id": name + form.get("reason_text", ""), **form}'),
            id="text in an id",
        ),
        pytest.param(
            "privacy",
            "the canary is in the attributes of an event",
            ('"id": record["no"], "at"', '"id": record["no"] + str(record["forms"]), "at"'),
            id="text in the id of a case",
        ),
    ],
)  # fmt: skip
def test_each_way_of_giving_whole_cases_wrongly_is_named(
    check: str, says: str, change: tuple[str, str], tmp_path: Path
) -> None:
    changes = [change, ("import json\nimport os\n", "import json\nimport os\nimport time\n")]

    report = checked(
        tmp_path, *changes, text=SMALL_RECORDS, only=named(check), most_crashes=MOST.get(check, 2)
    )
    found = failures(report)

    assert says in found.get(check, ""), found


def test_a_check_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MspRulesError, match='there is no such check; did you mean "edited"'):
        checked(tmp_path, only="editid")


def test_an_adapter_that_does_not_load_is_told_why(tmp_path: Path) -> None:
    report = checked(tmp_path, ("def msp_render_cards", "def msp_render_card"))

    assert list(failures(report)) == ["loads"]
    assert "did you mean msp_render_cards?" in failures(report)["loads"]
    assert len(report.results) == 1


def test_an_adapter_without_samples_can_t_be_checked(tmp_path: Path) -> None:
    report = checked(tmp_path, ("@hookimpl\ndef msp_samples", "def samples"))

    assert failures(report) == {"loads": "it has no msp_samples, which the kit needs"}


def test_what_an_adapter_does_not_do_is_not_called_passed(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        ("@hookimpl\ndef msp_receive_changes", "def receive_changes"),
        ("@hookimpl\ndef msp_shown_prompts", "def shown_prompts"),
    )

    statuses = {one.name: one.status for one in report.results}
    assert statuses["ordering"] is CheckStatus.NOT_APPLICABLE
    assert report.has_passed


@pytest.mark.slow
def test_an_adapter_whose_workers_answer_keeps_the_contract(tmp_path: Path) -> None:
    text = SMALL_ADAPTER + SMALL_ANSWERS

    report = checked(tmp_path, ANSWERS_TABLE, text=text, most_crashes=4)

    assert failures(report) == {}
    assert report.results[ALL.index("schema")].examined.startswith("3 events and 2 answers")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "says", "change"),
    [
        pytest.param(
            "schema",
            'answer 1: "at" of a document is missing or invalid',
            ('"at": "2026-01-06"', '"at": "06/01/2026"'),
            id="a date of the host's own",
        ),
        pytest.param(
            "schema",
            "answer 1: a feedback has an unknown key",
            ('"has_text": True}', '"words": "Later."}'),
            id="hands on the words",
        ),
        pytest.param(
            "idempotency",
            "what workers said differs",
            ('f"a{row}", "card"', 'f"a{uuid.uuid4()}", "card"'),
            id="an id by chance",
        ),
        pytest.param(
            "idempotency",
            "keeps being found once it was acknowledged",
            ("for one in heard + refused", "for one in heard"),
            id="asks for ever about what was refused",
        ),
        pytest.param(
            "crash",
            "an answer of a worker is lost",
            (
                "rows = rows.fetchall()\n",
                'rows = rows.fetchall()\n        db.execute("UPDATE answers SET done = 1")\n',
            ),
            id="done too early",
        ),
    ],
)
def test_each_way_of_passing_on_answers_wrongly_is_named(
    tmp_path: Path, check: str, says: str, change: tuple[str, str]
) -> None:
    text = SMALL_ADAPTER + SMALL_ANSWERS

    report = checked(tmp_path, ANSWERS_TABLE, change, text=text, only=check, most_crashes=12)

    assert says in failures(report)[check]
