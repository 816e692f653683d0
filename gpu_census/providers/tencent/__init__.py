"""Tencent Cloud: stock in the purchase workbench of both sites, the signed CVM API, and the GPU documentation pages."""
