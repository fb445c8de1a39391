"""The JSON Schema of the grade report: the records of `grader.model`, and what is promised beyond types.

`python -m grader.report.schema` writes it anew beside this module; a test tells when that is due.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from grader.exercise import VISIBILITIES
from grader.model import FORMAT, FORMAT_VERSION, GradeReport

SCHEMA_FILE = Path(__file__).with_name("grade-report.schema.json")

# Promised to every reader; the other fields of a record may be missing in a report of an earlier grader.
_REQUIRED = {
    "GradeReport": "format format_version submission assignments seed devices graded_at versions isolation "
    "score max_score status problem exercises",
    "CheckReport": "id title verdict devices reason points max_points visibility cases duration_s "
    "counterexample diagnosis traceback output",
    "Counterexample": "call inputs expected observed difference shrunk",
}
_DECIMAL = {"type": "string", "pattern": r"^(0|[1-9][0-9]*)(\.[0-9]+)?$"}
_COUNT = {"type": "integer", "minimum": 0}
_VALUE = {"$ref": "#/$defs/Value"}
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_FIELDS: dict[str, dict[str, Any]] = {
    "GradeReport": {
        "format": {"const": FORMAT},
        "format_version": {"const": FORMAT_VERSION},
        "score": {"anyOf": [_DECIMAL, {"type": "null"}]},
        "max_score": _DECIMAL,
        "devices": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    },
    "SubmissionInfo": {"digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}},
    "IsolationInfo": {"level": {"enum": ["A", "B", "C"]}},
    "ExerciseReport": {"score": _DECIMAL, "max_score": _DECIMAL},
    "CheckReport": {
        "id": {"type": "string", "pattern": f"^{_NAME}/{_NAME}/{_NAME}$"},
        "points": _DECIMAL,
        "max_points": _DECIMAL,
        "visibility": {"enum": list(VISIBILITIES)},
        "cases": _COUNT,
        "duration_s": {"type": "number", "minimum": 0},
        "line": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
    },
    "Counterexample": {
        "inputs": {"type": "object", "additionalProperties": _VALUE},
        "expected": _VALUE,
        "observed": _VALUE,
    },
}

# A submission may return a dict that resembles one of these, so any other object is a value, too.
_VALUES: dict[str, Any] = {
    "Value": {
        "description": "A tensor, an exception, an object that is no data, or JSON with such values.",
        "anyOf": [
            {"$ref": "#/$defs/Tensor"},
            {"$ref": "#/$defs/Raised"},
            {"$ref": "#/$defs/Opaque"},
            {"type": ["null", "boolean", "number", "string"]},
            {"type": "array", "items": _VALUE},
            {"type": "object", "additionalProperties": _VALUE},
        ],
    },
    "Tensor": {
        "description": "Nested lists of values, or a summary; what JSON lacks is a string.",
        "type": "object",
        "properties": {
            "dtype": {"type": "string"},
            "shape": {"type": "array", "items": _COUNT},
            "values": {"$ref": "#/$defs/Entries"},
            "summary": {},
            "type": {"const": "numpy.ndarray"},
            "device": {"type": "string"},
            "strides": {"type": "array", "items": {"type": "integer"}},
            "offset": _COUNT,
            "requires_grad": {"type": "boolean"},
            "grad": {"anyOf": [{"$ref": "#/$defs/Tensor"}, {"type": "null"}]},
        },
        "required": ["dtype", "shape"],
        "oneOf": [{"required": ["values"]}, {"required": ["summary"]}],
    },
    "Entries": {
        "anyOf": [
            {"type": ["number", "boolean"]},
            {"enum": ["nan", "inf", "-inf"]},
            {"type": "array", "items": {"$ref": "#/$defs/Entries"}},
        ]
    },
    "Raised": {
        "description": "An exception.",
        "type": "object",
        "properties": {"raised": {"type": "string"}, "message": {"type": "string"}},
        "required": ["raised", "message"],
        "additionalProperties": False,
    },
    "Opaque": {
        "description": "An object that is no data: what its type is called, and a short text.",
        "type": "object",
        "properties": {"type": {"type": "string"}, "text": {"type": "string"}},
        "required": ["type", "text"],
        "additionalProperties": False,
    },
}
_NO_TEXTS = {"output": {"const": ""}, "explanation": {"const": ""}}
_NO_SENTENCES = {"pattern": {"type": "null"}, "rule": {"type": "null"}}
_NOTHING = {"counterexample": {"type": "null"}, "diagnosis": {"maxItems": 0}, "traceback": {"type": "null"}}
_RULES: dict[str, list[dict[str, Any]]] = {
    "GradeReport": [
        {
            "$comment": "Ungradable has no score, and a reason; nothing else lacks one.",
            "if": {"properties": {"status": {"const": "ungradable"}}},
            "then": {"properties": {"score": {"type": "null"}, "problem": {"type": "string"}}},
            "else": {"properties": {"score": {"type": "string"}, "problem": {"type": "null"}}},
        }
    ],
    "CheckReport": [
        {
            "$comment": "A hidden check carries no inputs, values or texts.",
            "if": {"properties": {"visibility": {"const": "hidden"}}},
            "then": {"properties": {**_NOTHING, **_NO_TEXTS, **_NO_SENTENCES}},
        },
        {
            "$comment": "What passed has nothing to show.",
            "if": {"properties": {"verdict": {"const": "passed"}}},
            "then": {"properties": _NOTHING},
        },
        {
            "$comment": "Only what passed earns points.",
            "if": {"not": {"properties": {"verdict": {"const": "passed"}}}},
            "then": {"properties": {"points": {"pattern": r"^0(\.0+)?$"}}},
        },
    ],
}


def grade_report_schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    (_, records) = msgspec.json.schema_components([GradeReport], ref_template="#/$defs/{name}")
    for name, record in records.items():
        record["properties"] |= {
            field: _described(rule, record["properties"][field])
            for field, rule in _FIELDS.get(name, {}).items()
        }
        if name in _REQUIRED:
            record["required"] = _REQUIRED[name].split()
        if name in _RULES:
            record["allOf"] = _RULES[name]
    root = records.pop("GradeReport")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "$defs": {**records, **_VALUES},
    }


def _described(rule: dict[str, Any], generated: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "default": generated["default"]} if "default" in generated else rule


def schema_text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(grade_report_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
