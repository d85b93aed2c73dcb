"""The shape of a card as CDS Hooks 3.0 says it ("Card Attributes"), as JSON Schema.

Written from the specification, not from this package. Closed, so that a card can hold nothing that
the specification does not name; only `extension` is open, under a name in reverse DNS.
"""

from typing import Any

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


STRING = {"type": "string", "minLength": 1}
ABSOLUTE = {"type": "string", "pattern": "^[a-z][a-z0-9+.-]*:"}
CODING = closed(["code", "system"], code=STRING, system=ABSOLUTE, display=STRING)
CODING_WITH_DISPLAY = {**CODING, "required": ["code", "system", "display"]}
ACTION = closed(
    ["type", "description"],
    type={"enum": ["create", "update", "delete"]},
    description=STRING,
    resource={"type": "object"},
    resourceId=STRING,
)
CARD = {
    **closed(
        ["summary", "indicator", "source"],
        uuid={"type": "string", "pattern": UUID},
        summary={"type": "string", "minLength": 1, "maxLength": 139},
        detail=STRING,
        indicator={"enum": ["info", "warning", "critical"]},
        source=closed(["label"], label=STRING, url=ABSOLUTE, icon=ABSOLUTE, topic=CODING),
        suggestions={
            "type": "array",
            "items": closed(
                ["label"],
                label=STRING,
                uuid={"type": "string", "pattern": UUID},
                isRecommended={"type": "boolean"},
                actions={"type": "array", "items": ACTION},
                actionSelectionBehavior={"enum": ["all", "any", "at-most-one"]},
            ),
        },
        selectionBehavior={"enum": ["at-most-one", "any"]},
        overrideReasons={"type": "array", "items": CODING_WITH_DISPLAY},
        links={
            "type": "array",
            "items": closed(
                ["label", "url", "type"],
                label=STRING,
                url=ABSOLUTE,
                type={"enum": ["absolute", "smart"]},
                appContext=STRING,
                autolaunchable={"type": "boolean"},
            ),
        },
        extension={
            "type": "object",
            "propertyNames": {"pattern": r"^[a-z]+(\.[a-z-]+)+$"},
        },
    ),
    "dependentRequired": {"suggestions": ["selectionBehavior"]},
}
