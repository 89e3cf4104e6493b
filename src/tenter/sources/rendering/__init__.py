"""From a source's files to objects: directories, Kustomize, Helm and Jsonnet.

``render`` is the one way in. It reads a ``Tree``, and runs the renderers' own programs on copies.
"""

from tenter.sources.rendering.cache import Renderings
from tenter.sources.rendering.facts import Complete, RenderFacts, SourceFacts
from tenter.sources.rendering.recognition import SourceType
from tenter.sources.rendering.render import Rendering, render
from tenter.sources.rendering.rendered import Rendered
from tenter.sources.rendering.settings import ChartCredentials, RenderSettings

__all__ = [
    "ChartCredentials",
    "Complete",
    "RenderFacts",
    "RenderSettings",
    "Rendered",
    "Rendering",
    "Renderings",
    "SourceFacts",
    "SourceType",
    "render",
]
