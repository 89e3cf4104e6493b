"""One look at an Application: what is wanted, how it stands, and its status written.

A look costs little where nothing changed: revisions are resolved by what is known of the
repositories, manifests are read only for another revision, objects compared only in another
version, and nothing is written where the status says it already. It never raises for what is
wrong with an Application: that is a condition. It raises where the cluster does not answer.
"""

from __future__ import annotations

import msgspec
import structlog

from tenter.argoproj import (
    Application,
    Condition,
    ConditionType,
    Destination,
    condition,
    may_be_orphan,
    option_warnings,
    orphan_warning,
    read_application,
    read_metadata,
    read_status,
    status_patch,
    validate,
    warns_of_orphans,
)
from tenter.controller.comparison import Comparing
from tenter.controller.finalizers import in_step
from tenter.controller.ground import Ground
from tenter.controller.live import LiveObjects
from tenter.controller.managed import ManagedApplication
from tenter.controller.options import spec_options
from tenter.controller.projects import refused_objects
from tenter.controller.status import Finding, compared_status
from tenter.controller.summary import summary_of
from tenter.controller.wanted import Wanted
from tenter.diff import check_expressions
from tenter.engine import SyncOptions
from tenter.engine.operation_state import timestamp
from tenter.errors import (
    ClusterUnreachable,
    ManifestError,
    OptionError,
    SourceError,
    SpecError,
    UsageError,
)
from tenter.manifests import Manifest, key_of
from tenter.runner.comparing import Answers, Comparer

log = structlog.get_logger(__name__)

REFRESH = "argocd.argoproj.io/refresh"
HARD = "hard"


class _Subject(msgspec.Struct, frozen=True, eq=False):
    """What is looked at: a valid Application, where it goes, and why now (``asked``)."""

    application: Application
    live: LiveObjects
    options: SyncOptions
    asked: str | None


class Reconciler:
    """Looks at Applications, on the ``ground`` that all of them share."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._answers = Answers()

    async def look(self, managed: ManagedApplication) -> Finding:
        """Look at the Application and write what was found; return it.

        Raises what the cluster's client raises.
        """
        manifest = managed.object.manifest
        asked = (manifest["metadata"].get("annotations") or {}).get(REFRESH)
        due, managed.due = managed.due, False
        try:
            finding = await self._find(managed, manifest, asked)
            if due:
                finding = msgspec.structs.replace(finding, full=True)
            if self._ground.options.observe:
                self._tell(managed, finding)
            else:
                await self._write(managed, finding, asked)
        except BaseException:
            managed.due = managed.due or due
            raise
        return finding

    async def _find(
        self, managed: ManagedApplication, manifest: Manifest, asked: str | None
    ) -> Finding:
        try:
            application = read_application(manifest)
        except SpecError as error:
            return self._invalid(Application(metadata=read_metadata(manifest)), (str(error),))
        faults = validate(application)
        if faults:
            return self._invalid(application, tuple(each.message for each in faults))
        spec = application.spec
        try:
            live = self._ground.destinations.find(spec.destination)
            options = spec_options(spec, self._ground.settings.ignore)
            await check_expressions(options.ignore, self._ground.settings.paths)
        except (SpecError, OptionError) as error:
            return self._invalid(application, (str(error),))
        except ClusterUnreachable as error:
            return self._invalid(application, (str(error),), ConditionType.UNKNOWN)
        refusals = self._ground.projects.refusals(application, self._full(spec.destination))
        if refusals:
            return self._invalid(application, refusals)
        warnings = [
            condition(ConditionType.INVALID_MANIFEST, text)
            for text in (*option_warnings(spec), *self._ground.settings.warnings)
        ]
        subject = _Subject(application, live, options, asked)
        return await self._compared(managed, subject, warnings)

    def _invalid(
        self,
        application: Application,
        faults: tuple[str, ...],
        kind: ConditionType = ConditionType.INVALID_SPEC,
    ) -> Finding:
        return Finding(
            spec=application.spec,
            comparison=None,
            conditions=tuple(condition(kind, fault) for fault in faults),
            controller_namespace=self._ground.options.namespace,
        )

    async def _compared(
        self, managed: ManagedApplication, subject: _Subject, warnings: list[Condition]
    ) -> Finding:
        application, live, asked = subject.application, subject.live, subject.asked
        spec = application.spec
        before = application.status.sync
        conditions = list(warnings)
        wanted: Wanted | None = None
        try:
            if asked is not None:
                await self._look_at_git(application)
            wanted = await self._wanted(managed, subject)
            conditions += wanted.conditions
        except (SourceError, ManifestError, OptionError, UsageError) as error:
            conditions.append(condition(ConditionType.COMPARISON, str(error)))
        place = self._ground.place(application, live)
        settings = self._ground.settings
        question = (
            id(live),
            place.application,
            place.namespace,
            subject.options,
            id(settings.scripts),
        )
        if managed.comparing is None or managed.place != question:
            managed.place = question
            managed.comparing = Comparing(live, place.application, place.namespace)
        comparison = await managed.comparing.compare(
            wanted.prepared if wanted is not None else None,
            Comparer(live.client, subject.options, self._answers, settings.paths),
            settings.scripts,
            place.tracking,
        )
        managed.comparison = comparison
        if wanted is not None:
            conditions += self._refused(application, wanted, live)
            conditions += self._orphans(application, live)
        revisions = wanted.revisions if wanted is not None else ()
        moved = before is None or before.compared_to != spec.compared_to
        resolved = before is not None and revisions == (
            before.revisions or ((before.revision,) if before.revision else ())
        )
        return Finding(
            spec=spec,
            comparison=comparison,
            revisions=revisions,
            source_types=wanted.source_types if wanted is not None else (),
            conditions=(*conditions, *comparison.conditions),
            summary=summary_of(live, [each.key for each in comparison.objects]),
            controller_namespace=self._ground.options.namespace,
            full=moved or not resolved or asked is not None,
        )

    async def _wanted(self, managed: ManagedApplication, subject: _Subject) -> Wanted:
        application, live = subject.application, subject.live
        sources = application.spec.all_sources
        managed.repositories = tuple(source.repo_url for source in sources)
        commits = await self._ground.sources.resolve(sources, project=application.spec.project_name)
        place = self._ground.place(application, live)
        question = (
            sources_question(application),
            place.application,
            place.namespace,
            place.tracking,
            live.generation,
            id(self._ground.settings),
        )
        known = managed.wanted if subject.asked != HARD and managed.question == question else None
        if known is not None and known.revisions == commits:
            return known
        contents = await self._ground.sources.contents(sources, commits, place.project)
        if known is not None and known.holds_for(contents):
            # Most commits of a repository are about other paths than this one.
            managed.wanted = known.at(commits)
            return managed.wanted
        managed.question, managed.wanted = None, None
        loaded = await self._ground.sources.load(sources, commits, place, subject.options)
        managed.wanted = msgspec.structs.replace(loaded, contents=contents)
        managed.question = question
        return managed.wanted

    async def _look_at_git(self, application: Application) -> None:
        sources = application.spec.all_sources
        for address in dict.fromkeys(each.repo_url for each in sources if not each.chart):
            await self._ground.sources.look(address, application.spec.project_name)

    def _refused(
        self, application: Application, wanted: Wanted, live: LiveObjects
    ) -> list[Condition]:
        try:
            project = self._ground.projects.find(application.spec.project_name)
        except SpecError as error:
            return [condition(ConditionType.INVALID_SPEC, str(error))]
        keys = [key_of(target.manifest) for target in wanted.prepared.targets]
        refused = refused_objects(
            project, keys, live.client.discovery, self._full(application.spec.destination)
        )
        return [condition(ConditionType.COMPARISON, why) for why in refused]

    def _orphans(self, application: Application, live: LiveObjects) -> list[Condition]:
        """Return the warning of objects in the namespace that are nobody's, if it is wanted."""
        namespace = application.spec.destination.namespace
        try:
            project = self._ground.projects.find(application.spec.project_name)
        except SpecError:
            return []
        if not namespace or not warns_of_orphans(project):
            return []
        orphans = sorted(
            key for key, each in live.unmarked(namespace) if may_be_orphan(project, key, each)
        )
        return [orphan_warning(orphans)] if orphans else []

    def _full(self, destination: Destination) -> Destination:
        return self._ground.destinations.full(destination)

    def _tell(self, managed: ManagedApplication, finding: Finding) -> None:
        """Log what was found, where it is news: that is all that an observer may do."""
        comparison = finding.comparison
        found = (
            comparison.status.value if comparison is not None else "Unknown",
            comparison.health.value if comparison is not None else "Unknown",
            tuple(each.message for each in finding.conditions),
        )
        if managed.told != found:
            managed.told = found
            log.info(
                "compared",
                application=str(managed),
                sync=found[0],
                health=found[1],
                revisions=list(finding.revisions),
                out_of_sync=[
                    each.key.short
                    for each in (comparison.objects if comparison is not None else ())
                    if each.out_of_sync
                ],
                conditions=list(found[2]),
            )

    async def _write(
        self, managed: ManagedApplication, finding: Finding, asked: str | None
    ) -> None:
        now = timestamp(self._ground.now)

        def change(manifest: Manifest) -> dict[str, object]:
            patch = status_patch(manifest, compared_status(read_status(manifest), finding, now))
            annotations = manifest["metadata"].get("annotations") or {}
            metadata: dict[str, object] = {}
            if asked is not None and annotations.get(REFRESH) == asked:
                metadata["annotations"] = {REFRESH: None}
            finalizers = manifest["metadata"].get("finalizers") or []
            if managed.wanted is not None and not manifest["metadata"].get("deletionTimestamp"):
                wanted = in_step(finalizers, managed.wanted.prepared.targets)
                if wanted != finalizers:
                    metadata["finalizers"] = wanted or None
            return {**patch, "metadata": metadata} if metadata else patch

        await managed.object.write(change)


def sources_question(application: Application) -> bytes:
    """Return what reading an Application's sources depends on, besides their commits."""
    return msgspec.json.encode(application.spec.all_sources)
