"""The guided tour: one application's life in six acts, on an embedded cluster of its own.

``acts`` says what is played and what must come out; ``stage`` sets it up and plays it; the
``io_*`` modules are its Git repository and its Slack.
"""
