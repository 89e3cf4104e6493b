"""``tenter install``: the manifests that a cluster needs for the controller."""

from __future__ import annotations

import click


@click.command()
@click.option("--crds", is_flag=True, help="Print the CustomResourceDefinitions only.")
@click.option(
    "--beside-argocd",
    is_flag=True,
    help="Leave out what an installed Argo CD has brought: its definitions and the project "
    "default.",
)
@click.option(
    "-n",
    "--namespace",
    default="argocd",
    show_default=True,
    metavar="NS",
    help="The namespace of the controller and its Applications.",
)
@click.option("--image", metavar="IMAGE", help="The controller's image; by default tenter:VERSION.")
@click.option(
    "--replicas",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="How many controllers share the Applications.",
)
def install(
    crds: bool, beside_argocd: bool, namespace: str, image: str | None, replicas: int
) -> None:
    """Print what the controller needs in a cluster: definitions, rights, Deployment and Service.

    \b
    tenter install --crds | kubectl apply --server-side -f -
    tenter install | kubectl apply --server-side -f -

    Nothing is applied. kubectl knows a kind only after its definition was applied, so the
    definitions go first. The namespace must exist.
    """
    from tenter.cli.commands.version import installed_number
    from tenter.cli.formats import Format, render_item
    from tenter.controller.installation import Installation, definitions, manifests

    installation = Installation(
        namespace=namespace,
        image=image or f"tenter:{installed_number() or 'latest'}",
        replicas=replicas,
        beside_argocd=beside_argocd,
    )
    for manifest in definitions(installation) if crds else manifests(installation):
        click.echo(render_item(manifest, Format.YAML), nl=False)
