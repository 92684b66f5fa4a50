"""The doors, for every file of this folder."""

from stand.doors import prepared, stand

__all__ = ["prepared", "stand"]
