"""The schema as a check that every report in the tests goes through."""

from __future__ import annotations

import json
from functools import cache

import jsonschema

from grader.model import GradeReport, to_json
from grader.report.schema import grade_report_schema


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = grade_report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def assert_valid(report: GradeReport | bytes) -> None:
    """Fail unless the report, or its JSON, is what the schema says."""
    data = json.loads(to_json(report) if isinstance(report, GradeReport) else report)
    errors = [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(data)]
    assert not errors, "\n".join(errors)
