"""Exports in which every place that can hold anything holds a word of its own: a canary."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from msp_rules.casework.vocabulary import EventType, Field, FieldKind, core_vocabulary

ANY = re.compile(r"Zq[a-z]+\d{5}")
_DAY = "2026-02-{:02}"


class Canaries:
    """Gives words that stand nowhere else: `id` for ids of cases and events, else by kind."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, kind: str) -> str:
        word = f"Zq{kind}{len(self.given):05}"
        self.given.append(word)
        return word


def written(path: Path) -> str:
    """All text in a file of results, out of whatever it is packed in."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

        table = pq.read_table(path)
        return repr(table.to_pylist()) + repr(table.schema)
    if path.suffix != ".xlsx":
        return path.read_text("utf-8")
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(name).decode("utf-8") for name in book.namelist())


def write_canaries(folder: Path) -> Canaries:
    """Writes readable, faulty, doubled, cut-off and refused exports, under names that tell."""
    folder.mkdir()
    new = Canaries()
    whole = _export(new, _cases(new))
    (folder / f"a-{new('file')}.xml").write_text(whole, "utf-8")
    again = _export(new, [_case(new, ("", _good_events(new)), case_id=_first_id(whole))])
    (folder / f"b-{new('file')}.xml").write_text(again, "utf-8")
    cut = _export(new, _cases(new))
    (folder / f"c-{new('file')}.xml").write_text(f"{cut[: len(cut) // 2]}<{new('text')}", "utf-8")
    entity = f'<!DOCTYPE a [<!ENTITY {new("text")} "{new("text")}">]>\n'
    declaration, _, rest = _export(new, []).partition("\n")
    (folder / f"d-{new('file')}.xml").write_text(f"{declaration}\n{entity}{rest}", "utf-8")
    (folder / f"e-{new('file')}.xml").write_text(f"<{new('text')}>{new('text')}</x>", "utf-8")
    with zipfile.ZipFile(folder / f"g-{new('file')}.zip", "w") as archive:
        archive.writestr(f"{new('file')}.xml", _export(new, [_case(new, ("", []))]))
        archive.writestr(f"{new('file')}.xml", f"<{new('text')}>")
        archive.writestr(f"{new('file')}.txt", new("text"))
    (folder / f"h-{new('file')}.xml.gz").write_bytes(gzip.compress(whole.encode())[:-400])
    (folder / f"i-{new('file')}.zip").write_text(new("text"), "utf-8")
    other = f'<{new("text")} {new("text")}="{new("text")}"/>'
    (folder / f"f-{new('file')}.xml").write_text(other, "utf-8")
    return new


def _first_id(text: str) -> str:
    found = re.search(r'<case id="([^"]+)"', text)
    assert found is not None
    return found[1]


def _export(new: Canaries, cases: list[str]) -> str:
    text = new("text")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<!-- {new('text')} --><?{text} {text}?>\n"
        '<case_export xmlns="urn:msp-rules:case-export:1" version="1">\n<header>\n'
        f"<organisation>{new('text')}</organisation>\n"
        f'<system name="{new("text")}" version="{new("text")}" {new("text")}="{new("text")}"/>\n'
        "<reference_date>2026-03-31</reference_date>\n"
        f'<period from="{new("text")}" to="{new("text")}"/>\n'
        f"<cases>{new('text')}</cases>\n<{new('text')}>{new('text')}</{new.given[-2]}>\n"
        f"</header>\n<{text}>{new('text')}</{text}>\n{''.join(cases)}</case_export>\n"
    )


def _cases(new: Canaries) -> list[str]:
    long = new("id") + "x" * 200
    return [
        _case(new, ("", _good_events(new)), team=new("team")),
        _case(new, (f'{new("text")}="{new("text")}"', _bad_events(new)), team=f"{new('text')} b"),
        _case(new, (f'agency2="{new("text")}"', _odd_events(new)), agency=new("text")),
        _case(new, ("", _good_events(new)), case_id=long),
        _case(new, ("", [*_good_events(new), new("text")]), adults=2),
        f"<case>{new('text')}</case>\n",
    ]


def _case(
    new: Canaries,
    inside: tuple[str, list[str]],
    *,
    case_id: str | None = None,
    team: str = "north",
    agency: str = "council",
    adults: int = 1,
) -> str:
    attributes, events = inside
    own = case_id if case_id is not None else new("id")
    adult = "".join(
        f'<adult ref="{new("text")}" {attributes and new("text") + "=" + quoteattr(new("text"))}>'
        f"<age_band>75-84</age_band><communication_needs>{new('text')}</communication_needs>"
        f"<gender>{new('text') if attributes else 'female'}</gender></adult>\n"
        for _ in range(adults)
    )
    head = f"id={quoteattr(own)} agency={quoteattr(agency)} team={quoteattr(team)} {attributes}"
    return f"<case {head}>\n{adult}{''.join(events)}</case>\n"


def _good_events(new: Canaries) -> list[str]:
    """One event of each type, readable, with a canary in every text."""
    ids = {name: new("id") for name in core_vocabulary().events}
    events = []
    for day, kind in enumerate(core_vocabulary().events.values()):
        fields = [
            f"<{field.name}>{escape(_good_value(field, ids, new))}</{field.name}>"
            for field in kind.fields.values()
        ]
        occurred = _DAY.format(day % 28 + 1)
        head = f'{kind.name} id="{ids[kind.name]}" occurred="{occurred}" agency="council"'
        events.append(f"<{head}>{''.join(fields)}</{kind.name}>\n")
    return events


def _good_value(field: Field, ids: dict[str, str], new: Canaries) -> str:
    if field.kind in (FieldKind.CODE, FieldKind.FLAG):
        return field.codes[0]
    if field.kind is FieldKind.REF:
        return ids[field.refers_to or ""]
    if field.kind in (FieldKind.DATE, FieldKind.MOMENT):
        return "2026-03-02"
    return "3" if field.kind is FieldKind.WHOLE else new("text")


def _bad_events(new: Canaries) -> list[str]:
    """One event of each type with a canary in every field and every part of the envelope."""
    return [_bad_event(kind, new) for kind in core_vocabulary().events.values()]


def _bad_event(kind: EventType, new: Canaries) -> str:
    envelope = ("occurred", "recorded", "agency", "role", "void", new("text"))
    parts = "".join(f' {name}="{new("text")}"' for name in envelope)
    fields = "".join(
        f'<{name} withheld="{new("text")}" {new("text")}="{new("text")}"/>'
        f"<{name}>{new('text')}<{new('text')}/>{new('text')}</{name}><{name}>{new('text')}</{name}>"
        for name in kind.fields
    )
    odd = f"<{new('text')}>{new('text')}</{new.given[-2]}>{new('text')}"
    head = f'id="{new("id")}" supersedes="{new("id")}"{parts}'
    return f"<{kind.name} {head}>{fields}{odd}</{kind.name}>{new('text')}\n"


def _odd_events(new: Canaries) -> list[str]:
    """Ids used twice, circles, dangling references, unknown types, foreign elements."""
    twice, one, two, text = new("id"), new("id"), new("id"), new("text")
    day = 'occurred="2026-02-02"'
    return [
        f'<adult_died id="{twice}" {day}/><adult_died id="{twice}" {day}/>\n',
        f'<concern_raised id="{one}" {day} supersedes="{two}"/>\n',
        f'<concern_raised id="{two}" {day} supersedes="{one}"/>\n',
        f'<adult_died id="{new("id")}" {day} supersedes="{new("id")}"/>\n',
        f'<concern_raised id="{new("id")}{"y" * 200}" {day}/>\n',
        f'<plan_made id="{new("id")}" {day}><lead>{new("text")}</lead><lead>{text}</lead>'
        "</plan_made>\n",
        f'<concern_raised id=" " {day}>{text}</concern_raised>\n',
        f'<outcome_reviewed id="{new("id")}" {day}><outcome>{new("id")}</outcome>'
        "<achieved>full</achieved></outcome_reviewed>\n",
        f'<{text} id="{new("id")}" {day}>{new("text")}</{text}>\n',
        f'<concern_raise id="{new("id")}" {new("text")}="{new("text")}"/>\n',
        f'<x:{text} xmlns:x="urn:{new("text")}" x:id="{new("text")}"/>{new("text")}\n',
        f"<!-- {new('text')} --><?{text} {new('text')}?><![CDATA[{new('text')}]]>\n",
    ]
