"""What a person sees of a running operation: a pure model of it, and two ways of showing it.

``model`` takes the progress events in and knows nothing of terminals; ``tree`` (a live terminal),
``lines`` (anything else) and ``summary`` (the end) turn the model into text and change nothing.
"""

from tenter.cli.view.lines import PlainLines
from tenter.cli.view.model import OperationView, StageView, TaskView
from tenter.cli.view.summary import container_ends, summary_lines
from tenter.cli.view.text import Span, Tone
from tenter.cli.view.tree import tree_lines

__all__ = [
    "OperationView",
    "PlainLines",
    "Span",
    "StageView",
    "TaskView",
    "Tone",
    "container_ends",
    "summary_lines",
    "tree_lines",
]
