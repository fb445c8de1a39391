"""A finished grade report as text: terminal, HTML, JUnit, Gradescope, annotations. Nothing here grades.

`text` makes foreign text safe, `values` reads the JSON values of a report, `story` says what one check has to tell;
each other module is one format.
"""
