"""Holds the embedded cluster to a real Kubernetes control plane, started on this machine.

``controlplane`` is a Go module: the released API server, controller manager, etcd and kubectl.
``io_build`` builds it, ``io_control_plane`` runs it, ``io_history`` reads what its store saw.
"""
