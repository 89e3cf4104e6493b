"""What ``kubectl get`` shows: the columns of each kind, and an object as a row of them.

A custom resource's columns come from its CRD (``additionalPrinterColumns``); a kind without columns
of its own shows name and age.
"""

from tenter.embedded.tables.rows import columns_of, row_of

__all__ = ["columns_of", "row_of"]
