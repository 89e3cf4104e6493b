"""The embedded cluster's node: Pods as scripted outcomes or as local processes."""

from tenter.embedded.node.behaviour import Behaviour, CannotStart, Report, Sandbox, Stop
from tenter.embedded.node.containers import Exit
from tenter.embedded.node.logs import ContainerLog
from tenter.embedded.node.node import Node
from tenter.embedded.node.outcomes import ANNOTATION, Script, Verb, read_script
from tenter.embedded.node.scripted import ScriptedBehaviour
from tenter.embedded.node.settings import NodeSettings
from tenter.embedded.node.taint import FOREIGN, Taint

__all__ = [
    "ANNOTATION",
    "FOREIGN",
    "Behaviour",
    "CannotStart",
    "ContainerLog",
    "Exit",
    "Node",
    "NodeSettings",
    "Report",
    "Sandbox",
    "Script",
    "ScriptedBehaviour",
    "Stop",
    "Taint",
    "Verb",
    "read_script",
]
