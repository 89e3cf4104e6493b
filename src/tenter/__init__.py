"""Argo CD's resource hooks and sync, as a Python library and CLI."""
