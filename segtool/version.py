"""The version of segtool, on its own so that packaging can read it without importing the tool."""

__version__ = "0.1.0"
