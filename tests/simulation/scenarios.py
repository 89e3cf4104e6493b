"""One seed's scenario: an application over its revisions, what is done with it, what goes wrong.

A scenario is a value: it can be cut down piece by piece, printed, and played again exactly.
"""

from __future__ import annotations

import random
from typing import Any

import msgspec

Manifest = dict[str, Any]

PART = "simulation/part"
RUNS_FOR = "simulation/runs-for"
"""Whose Pod it is; not ``PART``, since the Pods are the cluster's own objects."""
REVISION = "simulation/revision"

PHASES = ("PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete")
POLICIES = ("BeforeHookCreation", "HookSucceeded", "HookFailed")

CRASHES = ("crash-before", "crash-during", "crash-after")
ANSWERS = ("request-lost", "answer-lost", "answer-slow", "request-slow", "late-list")
REFUSALS = ("status-429", "status-500", "status-503", "conflict")
WATCHES = ("watch-cut", "watch-late", "watch-repeated", "expired-410")
OTHERS = ("foreign-delete", "foreign-edit", "foreign-vanish", "pod-deleted")
RUNNERS = ("pause", "second-runner", "partition", "terminate", "interrupt")
FAULTS = (*CRASHES, *ANSWERS, *REFUSALS, *WATCHES, *OTHERS, *RUNNERS)


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a part is in one revision. ``outcome`` is the scripted node's word for its Pods.

    ``fails_first`` creations of a hook fail before ``outcome`` holds.
    """

    present: bool = True
    wave: int = 0
    outcome: str = ""
    fails_first: int = 0
    timeout: int = 0
    content: int = 0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One manifest of the application; a hook where ``types`` says so."""

    id: str
    kind: str
    types: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    generated: bool = False
    options: str = ""
    shapes: tuple[Shape, ...]

    @property
    def is_hook(self) -> bool:
        return bool(self.types)

    @property
    def name(self) -> str:
        return f"{self.id}-{self.kind.lower()}"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the user does: ``sync``, ``rollback`` or ``delete``.

    ``terminate_at`` is in seconds after its beginning, 0 for never; ``patience`` is how long the
    user waits before terminating what hangs.
    """

    kind: str
    revision: int = 0
    prune: bool = False
    selection: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    retries: int = 0
    terminate_at: float = 0.0
    skip_hooks: bool = False


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong with the ``at``-th request of a step. ``size`` is seconds or a count."""

    step: int
    at: int
    kind: str
    size: float = 0.0


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """All that a seed stands for."""

    seed: int
    parts: tuple[Part, ...]
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]

    def manifests(self, revision: int) -> list[Manifest]:
        """Return the application's manifests at ``revision``."""
        return [
            manifest_of(part, part.shapes[revision], revision)
            for part in self.parts
            if part.shapes[revision].present
        ]

    def part(self, identifier: str) -> Part:
        """Return the part of this id."""
        return next(part for part in self.parts if part.id == identifier)


# Chance


def scenario_of(seed: int) -> Scenario:
    """Return the scenario that ``seed`` stands for, the same one for ever."""
    chance = random.Random(f"scenario {seed}")
    revisions = chance.choice((1, 2, 2, 3, 3))
    ordinary = [_ordinary(chance, f"o{n}", revisions) for n in range(chance.randint(6, 10))]
    hooks = [_hook(chance, f"h{n}", revisions) for n in range(chance.randint(2, 6))]
    steps = _steps(chance, revisions, (*ordinary, *hooks))
    faults = _faults(chance, steps)
    return Scenario(seed=seed, parts=(*ordinary, *hooks), steps=steps, faults=faults)


def _ordinary(chance: random.Random, identifier: str, revisions: int) -> Part:
    kind = chance.choices(
        ("ConfigMap", "Deployment", "Secret", "ServiceAccount", "Job"), (50, 22, 10, 10, 8)
    )[0]
    wave = chance.choice((0, 0, 0, -1, 1, 2))
    shapes = []
    content = 0
    for revision in range(revisions):
        content += chance.random() < 0.6 and kind in {"ConfigMap", "Deployment", "Secret"}
        outcome = ""
        if kind == "Deployment":
            bad = chance.random() < 0.07
            outcome = "never-ready" if bad else f"run after={_moment(chance, 5)}"
        elif kind == "Job":
            outcome = "succeed after=1"
        shapes.append(
            Shape(
                present=chance.random() < (0.9 if revision else 0.95),
                wave=wave,
                outcome=outcome,
                content=content,
                timeout=chance.choice((0, 0, 0, 0, 30)) if kind == "Deployment" else 0,
            )
        )
    options = chance.choices(("", "Prune=false", "PruneLast=true", "Replace=true"), (80, 10, 5, 5))
    if kind == "Job" and options[0] == "Replace=true":
        options = [""]
    return Part(id=identifier, kind=kind, options=options[0], shapes=tuple(shapes))


def _hook(chance: random.Random, identifier: str, revisions: int) -> Part:
    kind = chance.choices(("Job", "Pod", "ConfigMap"), (60, 28, 12))[0]
    types = [chance.choices(PHASES, (26, 16, 24, 14, 10, 10))[0]]
    if chance.random() < 0.15:
        types.append(chance.choice(PHASES[:4]))
    policies = chance.choices(
        ((), POLICIES[:1], POLICIES[1:2], POLICIES[2:], POLICIES[:2], POLICIES[1:], POLICIES),
        (30, 15, 18, 10, 12, 8, 7),
    )[0]
    wave = chance.choice((0, 0, 0, 0, -1, 1))
    shapes = tuple(_hook_shape(chance, kind, wave) for _ in range(revisions))
    return Part(
        id=identifier,
        kind=kind,
        types=tuple(dict.fromkeys(types)),
        policies=policies,
        generated=chance.random() < 0.35,
        shapes=shapes,
    )


def _hook_shape(chance: random.Random, kind: str, wave: int) -> Shape:
    present = chance.random() < 0.94
    if kind == "ConfigMap":
        return Shape(present=present, wave=wave)
    what = chance.choices(("succeed", "fail", "fails first", "hang"), (74, 9, 11, 6))[0]
    after = _moment(chance, 8)
    timeout = chance.choice((0, 0, 0, 4, 12))
    if what == "hang":
        return Shape(
            present=present, wave=wave, outcome="hang", timeout=timeout or chance.choice((6, 15))
        )
    first = chance.choice((1, 1, 2)) if what == "fails first" else 0
    verb = "fail" if what == "fail" else "succeed"
    outcome = f"{verb} after={after}"
    return Shape(present=present, wave=wave, outcome=outcome, fails_first=first, timeout=timeout)


def _moment(chance: random.Random, longest: float) -> float:
    return round(chance.choice((0.0, 0.1, 1.0, longest)) * (0.5 + chance.random()), 2)


def _steps(chance: random.Random, revisions: int, parts: tuple[Part, ...]) -> tuple[Step, ...]:
    steps = [_sync(chance, 0, parts)]
    steps += [_sync(chance, revision, parts) for revision in range(1, revisions)]
    if len(steps) > 1 and chance.random() < 0.2:
        steps.insert(
            chance.randint(2, len(steps)), Step(kind="rollback", prune=chance.random() < 0.5)
        )
    if chance.random() < 0.45:
        steps.append(Step(kind="delete", revision=revisions - 1, skip_hooks=chance.random() < 0.08))
    return tuple(steps)


def _sync(chance: random.Random, revision: int, parts: tuple[Part, ...]) -> Step:
    options = [
        text
        for text, likelihood in (
            ("Preflight=none", 0.2),
            ("Preflight=client", 0.05),
            ("HookTimeout=20s", 0.1),
            ("SyncTimeout=25s", 0.08),
            ("PruneLast=true", 0.08),
        )
        if chance.random() < likelihood
    ]
    if options[:2] == ["Preflight=none", "Preflight=client"]:
        del options[0]
    ordinary = [part.id for part in parts if not part.is_hook]
    chosen = chance.sample(ordinary, 3) if chance.random() < 0.06 else []
    selective_hooks = bool(chosen) and chance.random() < 0.4
    return Step(
        kind="sync",
        revision=revision,
        prune=chance.random() < 0.75,
        selection=tuple(chosen),
        options=(*options, *(["SelectiveHooks=true"] if selective_hooks else [])),
        retries=chance.choice((0, 0, 0, 1, 2)),
        terminate_at=round(chance.uniform(0.2, 20), 1) if chance.random() < 0.08 else 0.0,
    )


_SIZES = {
    "request-slow": (0.3, 3.0),
    "answer-slow": (0.5, 40.0),
    "late-list": (0.5, 5.0),
    "watch-late": (0.5, 12.0),
    "pause": (2.0, 45.0),
    "partition": (3.0, 40.0),
    "status-429": (1, 3),
    "status-500": (1, 3),
    "status-503": (1, 3),
}


def _faults(chance: random.Random, steps: tuple[Step, ...]) -> tuple[Fault, ...]:
    faults = []
    calm = chance.random() < 0.05
    for number in range(len(steps)):
        for _ in range(0 if calm else chance.choice((0, 1, 2, 3, 4))):
            family = chance.choices(
                (CRASHES, ANSWERS, REFUSALS, WATCHES, OTHERS, RUNNERS), (30, 20, 12, 12, 12, 14)
            )[0]
            kind = chance.choice(family)
            low, high = _SIZES.get(kind, (0.0, 0.0))
            size = round(chance.uniform(low, high), 1)
            if kind.startswith("status"):
                size = float(chance.randint(int(low), int(high)))
            faults.append(Fault(step=number, at=chance.randint(1, 85), kind=kind, size=size))
    return tuple(sorted(faults, key=lambda fault: (fault.step, fault.at, fault.kind)))


# Manifests


def manifest_of(part: Part, shape: Shape, revision: int) -> Manifest:
    """Return the manifest of ``part`` in one revision."""
    annotations = {
        PART: part.id,
        "argocd.argoproj.io/hook": ",".join(part.types),
        "argocd.argoproj.io/hook-delete-policy": ",".join(part.policies),
        "argocd.argoproj.io/sync-wave": str(shape.wave) if shape.wave else "",
        "argocd.argoproj.io/sync-options": part.options,
        "tenter.dev/timeout": f"{shape.timeout}s" if shape.timeout else "",
    }
    # A hook's Pods must not change with the revision: who applies over one may not change them.
    if not part.is_hook:
        annotations[REVISION] = str(revision)
    name = {"generateName": f"{part.id}-"} if part.generated else {"name": part.name}
    metadata: Manifest = {
        **name,
        "annotations": {key: value for key, value in annotations.items() if value},
    }
    pod_marks = {"embedded.tenter.dev/outcome": shape.outcome, RUNS_FOR: part.id}
    if shape.fails_first:
        pod_marks["simulation/fails-first"] = str(shape.fails_first)
    containers = [{"name": "main", "image": f"registry.example/tool:{shape.content}"}]
    match part.kind:
        case "Job":
            template = {
                "metadata": {"annotations": pod_marks},
                "spec": {"restartPolicy": "Never", "containers": containers},
            }
            return {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": metadata,
                "spec": {"backoffLimit": 0, "template": template},
            }
        case "Pod":
            metadata["annotations"].update(pod_marks)
            spec: Manifest = {"restartPolicy": "Never", "containers": containers}
            spec["terminationGracePeriodSeconds"] = 2
            return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        case "Deployment":
            return _deployment(part, metadata, pod_marks, containers)
        case "ServiceAccount":
            return {"apiVersion": "v1", "kind": part.kind, "metadata": metadata}
        case "Secret":
            data = {"content": str(shape.content)}
            return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
        case _:
            data = {"content": str(shape.content)}
            return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _deployment(
    part: Part, metadata: Manifest, pod_marks: Manifest, containers: list[Manifest]
) -> Manifest:
    labels = {"app": part.id}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 1,
            "progressDeadlineSeconds": 10,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": pod_marks},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": containers},
            },
        },
    }
