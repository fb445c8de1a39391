"""A finished grade report as text: terminal, HTML, JUnit, Gradescope, annotations. Nothing here grades.

`text` makes foreign text safe, `values` reads a report's JSON values, `story` says what a check has to tell.
Each format is a module: `terminal`, `html`, `junit`, `gradescope`, `github`, and `explain` for one verdict.
"""
