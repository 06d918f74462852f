"""Spreads the shards of a run over Dask's workers, and tells what became of them."""
