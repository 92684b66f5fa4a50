"""Lotsman: a self-hosted SMS gateway. The packages stand in the order of the flow; see ARCHITECTURE.md."""

__version__ = "0.1.0"
