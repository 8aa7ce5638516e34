"""Orgwork: organisation work in which every figure is its records."""

__version__ = "0.1.0.dev0"
