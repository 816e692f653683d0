"""The flow as Dagster assets, one module per layer: census, listing, reference, history, models, published."""
