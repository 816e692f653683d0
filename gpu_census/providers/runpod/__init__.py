"""RunPod's data centres (secure cloud): `catalog_api` (needs a key) and `graphql_stock` (public; never seen).

The community cloud is a marketplace of private hosts; neither source asks for it.
"""
