"""The command line: commands over the library, and the live view of a running sync.

Nothing here knows how a sync works; it calls ``tenter.library`` and shows what that reports.
Commands are found by name and imported only when they run, so that ``tenter --help`` is quick.
"""
