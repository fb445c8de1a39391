"""A finished grade report as text: terminal, HTML, JUnit, Gradescope."""
