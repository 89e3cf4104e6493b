"""Records the states that objects really go through on a real control plane, for tests of health.

A *story* makes objects and has something happen to them; every state of its *subject* on the way is
kept, managed fields included. ``python -m conformance.recording`` plays them all again.
"""
