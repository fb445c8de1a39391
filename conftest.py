"""Make `pytest assignments/tensors --submission DIR` grade; the project's own tests are in tests/."""

pytest_plugins = ("grader.engine.plugin",)
