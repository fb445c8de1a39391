"""A property-based grader for introductory PyTorch courses."""

__version__ = "0.1.0"
